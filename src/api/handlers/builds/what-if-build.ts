import { limitsOf } from '../../../acceptance/limits-of.js';
import { requestSha256 } from '../../../acceptance/request-hash.js';
import { changeBuild } from '../../../contracts/change-build.js';
import { refuseNetwork, refuseUntrusted } from '../../../contracts/trust.js';
import type { whatIfBuild as operation } from '../../../contracts/what-if.js';
import { methodNotOffered } from '../../../domain/builds/method-not-offered.js';
import { namingField } from '../../../domain/secrets/needed-registries.js';
import { registryOf } from '../../../domain/images/registry-host.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { noteAccepted } from './note-accepted.js';

/** A new build from the record of one that succeeded, with changes, that is never published. */
export function whatIfBuild(
  deps: Pick<
    ApiDeps,
    'builds' | 'workflows' | 'events' | 'buildLimits' | 'installationLimits' | 'checkRegistryHost'
  >,
): Handler<typeof operation> {
  return async ({ caller, params, headers, body: { changes }, request }) => {
    const key = headers['idempotency-key'];
    const before = await deps.builds.get(caller, params.build);
    const method = changes.method ?? before.build_method;
    const offered = await deps.builds.methodsOffered(caller);
    if (offered !== null && !offered.includes(method)) throw methodNotOffered(method);
    refuseClosedBases(deps, Object.values(changes.base ?? {}));
    const networks = await deps.builds.networksOffered(caller, method);
    const { build, pinned, created } = await deps.builds.whatIf(caller, {
      buildId: params.build,
      limits: await limitsOf(deps, caller, before.project_id),
      judge: (asked) => {
        refuseNetwork(asked, networks);
        refuseUntrusted(asked);
      },
      change: (built) => changeBuild(built, changes),
      idempotency:
        key === undefined
          ? null
          : { key, requestSha256: requestSha256(`what-if of ${params.build}`, { changes }) },
    });
    noteAccepted(deps, caller, { build, created, request });
    return {
      status: 202,
      headers: { location: `/v1/builds/${build.id}`, ...(created ? {} : { 'idempotency-replayed': 'true' }) },
      body: { build, pinned: [...pinned] },
    };
  };
}

/** A build host would not go there, and say so only when the image is built. */
function refuseClosedBases(
  { checkRegistryHost }: Pick<ApiDeps, 'checkRegistryHost'>,
  images: readonly string[],
): void {
  for (const host of new Set(images.flatMap((image) => registryOf(image) ?? []))) {
    try {
      checkRegistryHost(host);
    } catch (error) {
      throw namingField(error, 'changes.base');
    }
  }
}
