import type { Trust } from '../../../domain/builds/trust.js';
import { KilnError } from '../../../domain/errors.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { ApiDeps } from '../../deps.js';

/**
 * Trust lets the code of a project near the hosts of everybody, so the operator says whose people may give it. Taking it back is anybody's
 * of the tenant. Raises `forbidden`.
 */
export async function refuseTrust(
  { projects, trustTenants }: Pick<ApiDeps, 'projects' | 'trustTenants'>,
  caller: TenantContext,
  trust: Trust | undefined,
): Promise<void> {
  if (trust !== 'trusted' || trustTenants.includes('*')) return;
  if (trustTenants.includes(await projects.tenantSlug(caller))) return;
  const message =
    'projects of this tenant are not to be trusted: KILN_TRUST_TENANTS of the api names the tenants that may trust theirs';
  throw new KilnError('forbidden', { message: `trust: ${message}.`, fields: [{ field: 'trust', message }] });
}
