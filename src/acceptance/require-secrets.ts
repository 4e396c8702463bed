import { secretMissing, secretNotAllowed, secretsOfFileAlone } from '../domain/builds/file-secrets.js';
import { namedSecrets } from '../domain/builds/named-secrets.js';
import type { SettingLayers } from '../domain/builds/settings.js';
import type { BuildOptions } from '../contracts/effective-build.js';
import type { TenantContext } from '../ports/stores.js';
import type { AcceptanceDeps } from './deps.js';

/**
 * Refuses a build, also of a project that is still to be made, whose secrets are not stored, or not for its build file to name, before it waits for a slot. A run looks again when it
 * fetches them.
 */
export async function requireSecrets(
  deps: Pick<AcceptanceDeps, 'secrets'>,
  tenant: TenantContext,
  projectId: string | null,
  { options, layers }: { readonly options: BuildOptions; readonly layers: SettingLayers },
): Promise<void> {
  const names = namedSecrets(options);
  if (names.length === 0) return;
  const missing = await deps.secrets.missing(tenant, projectId, names);
  if (missing.length === 0) return refuseForeign(deps, tenant, projectId, layers, names);
  const fieldsOf = (option: 'secrets' | 'ssh') =>
    (options[option] ?? []).flatMap(({ name }, index) =>
      missing.includes(name) ? [{ field: `options.${option}.${index}.name`, message: 'is not stored' }] : [],
    );
  throw secretMissing(missing, [...fieldsOf('secrets'), ...fieldsOf('ssh')]);
}

async function refuseForeign(
  deps: Pick<AcceptanceDeps, 'secrets'>,
  tenant: TenantContext,
  projectId: string | null,
  layers: SettingLayers,
  names: readonly string[],
): Promise<void> {
  const ofFile = secretsOfFileAlone(layers);
  const named = names.filter((name) => ofFile.has(name));
  if (named.length === 0) return;
  const owned = new Set(await deps.secrets.owned(tenant, projectId, named));
  const foreign = named.filter((name) => !owned.has(name));
  if (foreign.length > 0) throw secretNotAllowed(foreign);
}
