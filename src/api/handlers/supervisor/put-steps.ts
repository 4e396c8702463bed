import type { putSteps as operation } from '../../../contracts/supervisor.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function putSteps(deps: Pick<ApiDeps, 'leases'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    await deps.leases.putSteps(caller, body.fence, body.steps);
    return { status: 204 };
  };
}
