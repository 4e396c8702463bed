import type { BuildMethod } from '../../domain/builds/method.js';
import type { AskedResources } from '../../domain/builds/resources.js';
import { type BuildNeeds, hasNeeds, needsOf, platformNeeds } from '../../domain/dispatch/needs.js';
import { KilnError } from '../../domain/errors.js';
import type { Tx } from '../database.js';
import { hostsOf } from './methods-offered.js';

interface Asked {
  readonly method: BuildMethod;
  /** Of the method; `platforms` is looked at where it has them. */
  readonly options: object;
  readonly resources: AskedResources;
}

/** What a build needs of its host, by what was asked for and by the hosts that are heard of now. */
export async function needsNow(
  tx: Tx,
  tenantId: string,
  { method, options, resources }: Asked,
): Promise<BuildNeeds> {
  const { platforms = [] } = options as { readonly platforms?: readonly string[] };
  const asked = needsOf(resources);
  if (platforms.length === 0) return asked;
  const hosts = (await hostsOf(tx, tenantId)).filter(
    (host) => host.status !== 'offline' && host.methods.includes(method) && hasNeeds(asked, host.labels),
  );
  return {
    ...platformNeeds(
      platforms,
      hosts.map(({ labels }) => labels),
    ),
    ...asked,
  };
}

/** Raises `needs_not_offered` for what no host of the method has, be it online or not: such a build would wait for ever. */
export async function refuseUnmetNeeds(
  tx: Tx,
  tenantId: string,
  { method, resources: { needs } }: Omit<Asked, 'options'>,
): Promise<void> {
  if (needs === undefined) return;
  const hosts = (await hostsOf(tx, tenantId)).filter(({ methods }) => methods.includes(method));
  if (hosts.length === 0 || hosts.some(({ labels }) => hasNeeds(needsOf({ needs }), labels))) return;
  const named = Object.entries(needs).map(([name, value]) => `${name}=${value}`);
  const message = `no build host for ${method} has ${named.join(' and ')}`;
  throw new KilnError('needs_not_offered', {
    message: `needs: ${message}.`,
    fields: [{ field: 'needs', message }],
  });
}
