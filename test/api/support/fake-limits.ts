import type { LimitValues } from '../../../src/domain/limits/effective-limits.js';
import type { LimitStore } from '../../../src/ports/limits.js';

/** What a tenant and its one project have set, in memory. */
export function fakeLimits(): LimitStore {
  let tenantSet: LimitValues = {};
  let projectSet: LimitValues = {};
  return {
    read: (_tenant, projectId) =>
      Promise.resolve({ tenant: tenantSet, project: projectId === null ? {} : projectSet }),
    change: (_tenant, projectId, change) => {
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
