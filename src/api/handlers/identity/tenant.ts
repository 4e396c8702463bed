import type { Tenant as Shown } from '../../../contracts/stats.js';
import type {
  getTenant as getOperation,
  updateTenant as updateOperation,
} from '../../../contracts/stats-operations.js';
import type { Tenant } from '../../../ports/tenants.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getTenant(deps: Pick<ApiDeps, 'tenants'>): Handler<typeof getOperation> {
  return async ({ caller }) => ({ status: 200, body: shown(await deps.tenants.get(caller)) });
}

export function updateTenant(deps: Pick<ApiDeps, 'tenants'>): Handler<typeof updateOperation> {
  return async ({ caller, body }) => ({
    status: 200,
    body: shown(await deps.tenants.setZone(caller, body.time_zone)),
  });
}

function shown({ timeZone, ...tenant }: Tenant): Shown {
  return { ...tenant, time_zone: timeZone };
}
