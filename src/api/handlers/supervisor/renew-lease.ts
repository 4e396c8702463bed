import type { renewLease as operation } from '../../../contracts/supervisor.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function renewLease(deps: Pick<ApiDeps, 'leases'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    const { ttlMs, cancelRequested } = await deps.leases.renew(caller, body.fence);
    return { status: 200, body: { ttl_ms: ttlMs, cancel_requested: cancelRequested } };
  };
}
