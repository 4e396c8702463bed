import type { finishRun as operation } from '../../../contracts/supervisor.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function finishRun(deps: Pick<ApiDeps, 'leases' | 'events'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    await deps.leases.finish(caller, body.fence, body.outcome, body.log);
    deps.events.runFinished({
      buildId: caller.buildId,
      attempt: caller.attempt,
      result: body.outcome.result,
    });
    return { status: 204 };
  };
}
