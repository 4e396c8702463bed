import { settingsOfFile } from '../../../contracts/build-file.js';
import { effectiveBuild } from '../../../contracts/effective-build.js';
import type { recordConfig as operation } from '../../../contracts/supervisor.js';
import { refuseUntrusted } from '../../../contracts/trust.js';
import { refuseForeignPushes } from '../../../domain/builds/destinations.js';
import { leaveSecretsOut } from '../../../domain/builds/named-secrets.js';
import type { AskedResources } from '../../../domain/builds/resources.js';
import { KilnError } from '../../../domain/errors.js';
import type { StoredConfig } from '../../../ports/records.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

/** Applies the build file that came with a git source, under the same rules as one that came with a request. */
export function recordConfig(deps: Pick<ApiDeps, 'leases'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    const before = await deps.leases.gitConfig(caller, body.fence);
    const layers = { ...before.layers, build_file: settingsOfFile(body.build_file) };
    refuseForeignPushes(layers.build_file, {
      destinations: layers.project?.destinations ?? [],
      imageRepository: before.imageRepository,
    });
    const { method, options, destinations, timeoutSeconds, resources } = effectiveBuild(
      layers,
      before.limits,
    );
    if (method !== before.method) {
      throw new KilnError('method_not_offered', {
        message: `The build file asks for the method "${method}", but the build was handed to a builder for "${before.method}".`,
      });
    }
    refuseLateNeeds(before, resources);
    refuseUntrusted({ trust: before.trust, method, resources });
    const run = await deps.leases.recordConfig(caller, body.fence, {
      options: before.withoutSecrets ? leaveSecretsOut(options) : options,
      destinations,
      buildTimeoutMs: timeoutSeconds * 1000,
      resources,
      layers,
    });
    return { status: 200, body: run };
  };
}

/** The host of a git source was chosen before its build file could be read. */
function refuseLateNeeds(before: StoredConfig, { needs }: AskedResources): void {
  const known = Object.entries(before.resources.needs ?? {});
  const late = Object.entries(needs ?? {}).filter(
    ([name, value]) => !known.some(([other, its]) => other === name && its === value),
  );
  if (late.length === 0) return;
  const named = late.map(([name, value]) => `${name}=${value}`).join(', ');
  throw new KilnError('needs_too_late', {
    message: `The build file needs ${named} of its host, but the host was chosen before it could be read.`,
  });
}
