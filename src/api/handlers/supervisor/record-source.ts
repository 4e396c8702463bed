import type { recordSource as operation } from '../../../contracts/supervisor.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function recordSource(deps: Pick<ApiDeps, 'leases'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    await deps.leases.recordSource(caller, body.fence, body.git);
    return { status: 204 };
  };
}
