import { limitsOf } from '../acceptance/limits-of.js';
import { effectiveLimits, type LimitValues } from '../domain/limits/effective-limits.js';
import type { TenantContext } from '../ports/stores.js';
import type { ApiDeps } from './deps.js';

/** What may be sent before a project is named: as much as that project of the tenant may that may most. */
export async function uploadLimitsOf(
  deps: Pick<ApiDeps, 'buildLimits' | 'installationLimits'>,
  tenant: TenantContext,
): Promise<{ readonly maxBytes: number; readonly maxEntries: number }> {
  const installation = deps.installationLimits;
  const own = await limitsOf(deps, tenant, null);
  const project: LimitValues = await deps.buildLimits.greatestOfProjects(tenant);
  const greatest = effectiveLimits({ project, installation });
  const most = (name: 'context_max_bytes' | 'context_max_entries'): number =>
    project[name] === undefined ? own[name].value : Math.max(own[name].value, greatest[name].value);
  return { maxBytes: most('context_max_bytes'), maxEntries: most('context_max_entries') };
}
