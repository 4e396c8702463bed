import { settingsOfFile } from '../../../contracts/build-file.js';
import { effectiveBuild } from '../../../contracts/effective-build.js';
import type { recordConfig as operation } from '../../../contracts/supervisor.js';
import { refuseUntrusted } from '../../../contracts/trust.js';
import { refuseForeignPushes } from '../../../domain/builds/destinations.js';
import { KilnError } from '../../../domain/errors.js';
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
    refuseUntrusted({ trust: before.trust, method, resources });
    const run = await deps.leases.recordConfig(caller, body.fence, {
      options,
      destinations,
      buildTimeoutMs: timeoutSeconds * 1000,
      resources,
      layers,
    });
    return { status: 200, body: run };
  };
}
