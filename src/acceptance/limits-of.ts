import { effectiveLimits, type EffectiveLimits } from '../domain/limits/effective-limits.js';
import type { TenantContext } from '../ports/stores.js';
import type { AcceptanceDeps } from './deps.js';

/** The limits of a build of the project that is accepted now; of one of no project yet for null. */
export async function limitsOf(
  deps: Pick<AcceptanceDeps, 'buildLimits' | 'installationLimits'>,
  tenant: TenantContext,
  projectId: string | null,
): Promise<EffectiveLimits> {
  const installation = deps.installationLimits;
  return effectiveLimits({ ...(await deps.buildLimits.read(tenant, projectId)), installation });
}
