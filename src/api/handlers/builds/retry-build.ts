import type { retryBuild as operation } from '../../../contracts/build-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { refuseUntrusted } from '../../../contracts/trust.js';
import { limitsOf } from '../../../acceptance/limits-of.js';
import { requestSha256 } from '../../../acceptance/request-hash.js';
import { noteAccepted } from './note-accepted.js';

/** A new build that points at the one before. While a retry of the chain is live, every further request gives that retry. */
export function retryBuild(
  deps: Pick<ApiDeps, 'builds' | 'workflows' | 'events' | 'buildLimits' | 'installationLimits'>,
): Handler<typeof operation> {
  return async ({ caller, params, headers, body, request }) => {
    const key = headers['idempotency-key'];
    const before = await deps.builds.get(caller, params.build);
    const { build, answer } = await deps.builds.retry(caller, {
      buildId: params.build,
      limits: await limitsOf(deps, caller, before.project_id),
      judge: refuseUntrusted,
      resumeFrom: body.resume_from,
      idempotency:
        key === undefined ? null : { key, requestSha256: requestSha256(`retry of ${params.build}`, body) },
    });
    const created = answer === 'created';
    noteAccepted(deps, caller, { build, created, request });
    return {
      status: answer === 'joined' ? 200 : 202,
      headers: {
        location: `/v1/builds/${build.id}`,
        ...(answer === 'replayed' ? { 'idempotency-replayed': 'true' } : {}),
      },
      body: build,
    };
  };
}
