import { QUEUE_DEFAULTS } from '../../../src/domain/dispatch/queue-settings.js';
import type { LimitValues } from '../../../src/domain/limits/effective-limits.js';
import { KilnError } from '../../../src/domain/errors.js';
import type { LimitStore, WeightStore } from '../../../src/ports/limits.js';

/** What a tenant and its one project have set, in memory. */
export function fakeLimits(): LimitStore {
  let tenantSet: LimitValues = {};
  let projectSet: LimitValues = {};
  let queue = QUEUE_DEFAULTS;
  return {
    read: (_tenant, projectId) =>
      Promise.resolve({ tenant: tenantSet, project: projectId === null ? {} : projectSet }),
    queue: () => Promise.resolve(queue),
    change: (_tenant, projectId, change, queueChange = {}) => {
      const changed = Object.entries(queueChange).map(([name, value]) => [
        name,
        value ?? QUEUE_DEFAULTS[name as keyof typeof QUEUE_DEFAULTS],
      ]);
      queue = { ...queue, ...Object.fromEntries(changed) };
      const after = { ...(projectId === null ? tenantSet : projectSet), ...change };
      const set = Object.fromEntries(
        Object.entries(after).filter(([, value]) => typeof value === 'number'),
      ) as LimitValues;
      if (projectId === null) tenantSet = set;
      else projectSet = set;
      return Promise.resolve();
    },
    greatestOfProjects: () => Promise.resolve(projectSet),
  };
}

/** The weight of the one tenant that there is, in memory. */
export function fakeWeights(): WeightStore {
  let weight = 1;
  const list = () => Promise.resolve([{ tenant: 'default', weight }]);
  return {
    list,
    set: (_operator, tenant, changed) => {
      if (tenant !== 'default') throw new KilnError('not_found');
      weight = changed;
      return list();
    },
  };
}
