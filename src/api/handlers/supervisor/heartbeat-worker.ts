import type { heartbeatWorker as operation } from '../../../contracts/supervisor.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function heartbeatWorker(deps: Pick<ApiDeps, 'leases' | 'limits'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    await deps.leases.heartbeat(caller.workerId, body);
    return { status: 200, body: { worker_id: caller.workerId, heartbeat_ms: deps.limits.workerHeartbeatMs } };
  };
}
