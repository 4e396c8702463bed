import type { heartbeatWorker as operation } from '../../../contracts/worker-heartbeat.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function heartbeatWorker(deps: Pick<ApiDeps, 'leases' | 'limits'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    const { leases } = await deps.leases.heartbeat(caller.workerId, body);
    const { workerHeartbeatMs } = deps.limits;
    return {
      status: 200,
      body: { worker_id: caller.workerId, heartbeat_ms: workerHeartbeatMs, leases },
    };
  };
}
