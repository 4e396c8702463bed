import {
  effectiveLimits,
  type EffectiveLimits,
  type LimitValues,
} from '../domain/limits/effective-limits.js';
import type { TenantContext } from '../ports/stores.js';
import type { ApiDeps } from './deps.js';

type LimitDeps = Pick<ApiDeps, 'buildLimits' | 'installationLimits'>;

/** The limits of a build of the project that is accepted now; of one of no project yet for null. */
export async function limitsOf(
  deps: LimitDeps,
  tenant: TenantContext,
  projectId: string | null,
): Promise<EffectiveLimits> {
  const installation = deps.installationLimits;
  return effectiveLimits({ ...(await deps.buildLimits.read(tenant, projectId)), installation });
}

/** What may be sent before a project is named: as much as that project of the tenant may that may most. */
export async function uploadLimitsOf(
  deps: LimitDeps,
  tenant: TenantContext,
): Promise<{ readonly maxBytes: number; readonly maxEntries: number }> {
  const installation = deps.installationLimits;
  const own = effectiveLimits({ ...(await deps.buildLimits.read(tenant, null)), installation });
  const project: LimitValues = await deps.buildLimits.greatestOfProjects(tenant);
  const greatest = effectiveLimits({ project, installation });
  const most = (name: 'context_max_bytes' | 'context_max_entries'): number =>
    project[name] === undefined ? own[name].value : Math.max(own[name].value, greatest[name].value);
  return { maxBytes: most('context_max_bytes'), maxEntries: most('context_max_entries') };
}
