import type { acknowledgeLease as operation } from '../../../contracts/supervisor.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function acknowledgeLease(deps: Pick<ApiDeps, 'leases'>): Handler<typeof operation> {
  return async ({ caller, params, body }) => {
    const grant = await deps.leases.acknowledge(caller.workerId, params.lease, body.fence, body.host_id);
    return { status: 200, body: { lease_token: grant.leaseToken, ttl_ms: grant.ttlMs, run: grant.run } };
  };
}
