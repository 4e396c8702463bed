import { pinFor, type rebuildBuild as operation } from '../../../contracts/rebuild.js';
import { refuseUntrusted } from '../../../contracts/trust.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { limitsOf } from '../../../acceptance/limits-of.js';
import { requestSha256 } from '../../../acceptance/request-hash.js';
import { noteAccepted } from './note-accepted.js';

/** A new build from the record of one that succeeded. */
export function rebuildBuild(
  deps: Pick<ApiDeps, 'builds' | 'workflows' | 'events' | 'buildLimits' | 'installationLimits'>,
): Handler<typeof operation> {
  return async ({ caller, params, headers, body, request }) => {
    const key = headers['idempotency-key'];
    const before = await deps.builds.get(caller, params.build);
    const { build, pinned, notPinned, created } = await deps.builds.rebuild(caller, {
      buildId: params.build,
      limits: await limitsOf(deps, caller, before.project_id),
      judge: refuseUntrusted,
      pin: pinFor(before.build_method),
      idempotency:
        key === undefined ? null : { key, requestSha256: requestSha256(`rebuild of ${params.build}`, body) },
    });
    noteAccepted(deps, caller, { build, created, request });
    return {
      status: 202,
      headers: { location: `/v1/builds/${build.id}`, ...(created ? {} : { 'idempotency-replayed': 'true' }) },
      body: { build, pinned: [...pinned], not_pinned: [...notPinned] },
    };
  };
}
