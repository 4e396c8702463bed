import type { StatsStore } from '../../../src/ports/stats.js';
import type { TenantStore } from '../../../src/ports/tenants.js';
import { NOTHING_COUNTED } from '../../../src/domain/stats/performance.js';

const counted = { builds: 3, isCurrent: true };

/** A tenant that has built three times, on 2026-05-04 and 05. */
export function fakeStats(): StatsStore {
  const day = { ...NOTHING_COUNTED, totalBuilds: 1, successful: 1, measuredBuilds: 1, maxConcurrent: 1 };
  return {
    days: () =>
      Promise.resolve({
        isCurrent: true,
        days: [
          { ...day, date: '2026-05-04', durationMs: 10_000, queueWaits: { 1: 1 } },
          {
            ...{
              ...day,
              date: '2026-05-05',
              totalBuilds: 2,
              failed: 1,
              measuredBuilds: 2,
              durationMs: 80_000,
            },
            ...{ queueWaits: { 4: 1, 7: 1 }, failures: { build_step_failed: 1 }, maxConcurrent: 2 },
          },
        ],
      }),
    slowSteps: () =>
      Promise.resolve({
        ...{ builds: 3, isWhole: true },
        items: [
          {
            ...{ project: 'hello', step_name: '=1+1, "RUN"', count: 2 },
            ...{ p50_milliseconds: 1, p95_milliseconds: 2 },
          },
        ],
      }),
    cacheUse: () =>
      Promise.resolve({
        ...counted,
        items: [{ project: 'hello', steps: 3, cached_steps: 1, layers: 0, reused_layers: 0 }],
      }),
    outcomes: () =>
      Promise.resolve({
        ...counted,
        items: [{ name: null, total_builds: 3, successful: 2, failed: 1, cancelled: 0 }],
      }),
  };
}

export function fakeTenants(): TenantStore {
  let timeZone = 'UTC';
  const get = () =>
    Promise.resolve({
      id: '0199a6f0-6666-7000-8000-000000000001',
      slug: 'default',
      name: 'Default',
      timeZone,
    });
  return {
    get,
    setZone: (_tenant, zone) => {
      timeZone = zone;
      return get();
    },
  };
}
