import type { TenantContext } from '../../../ports/stores.js';
import type { WorkerOwner } from '../../../ports/workers.js';
import type { ApiDeps } from '../../deps.js';

/** Whether the caller is of a tenant whose people look after the shared workers. */
export async function ownerOf(
  { projects, operatorTenants }: Pick<ApiDeps, 'projects' | 'operatorTenants'>,
  caller: TenantContext,
): Promise<WorkerOwner> {
  return { ...caller, isOperator: operatorTenants.includes(await projects.tenantSlug(caller)) };
}
