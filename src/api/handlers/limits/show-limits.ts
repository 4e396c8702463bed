import type { Limits } from '../../../contracts/limits.js';
import type { QueueSettings } from '../../../domain/dispatch/queue-settings.js';
import { effectiveLimits, type LimitValues } from '../../../domain/limits/effective-limits.js';
import { LIMIT_NAMES, LIMITS } from '../../../domain/limits/limit-table.js';
import type { SetLimits } from '../../../ports/limits.js';

/** Every limit with where it comes from, and of a tenant how its queue works. */
export function showLimits(
  set: SetLimits,
  installation: LimitValues,
  project: string | null,
  queue: QueueSettings | null = null,
): Limits {
  const effective = effectiveLimits({ ...set, installation });
  const here = project === null ? set.tenant : set.project;
  return {
    project,
    limits: LIMIT_NAMES.map((name) => ({
      name,
      unit: LIMITS[name].unit,
      ...effective[name],
      set_here: here[name] ?? null,
      least: LIMITS[name].floor,
      most: installation[name] ?? LIMITS[name].ceiling,
      about: LIMITS[name].what,
      reached: LIMITS[name].reached,
    })),
    queue,
  };
}
