import type { Example } from './example.js';

/** How the operations of statistics are called well, for a project that does not exist, and badly. */
export const STATS_EXAMPLES: Record<string, Example> = {
  getTrends: {
    path: '/v1/stats/trends?by=week&project=hello',
    ok: 200,
    missing: '/v1/stats/trends?project=nothing',
    bad: { path: '/v1/stats/trends?from=2026-02-30' },
  },
  listSlowSteps: {
    path: '/v1/stats/steps?limit=5&project=hello',
    ok: 200,
    missing: '/v1/stats/steps?project=nothing',
    bad: { path: '/v1/stats/steps?limit=0' },
  },
  getCacheUse: {
    path: '/v1/stats/cache?project=hello',
    ok: 200,
    missing: '/v1/stats/cache?project=nothing',
    bad: { path: '/v1/stats/cache?from=2026-05-04&until=2026-05-03' },
  },
  getOutcomes: {
    path: '/v1/stats/success?by=worker&project=hello',
    ok: 200,
    missing: '/v1/stats/success?project=nothing',
    bad: { path: '/v1/stats/success?by=colour' },
  },
  getTenant: { path: '/v1/tenant', ok: 200 },
  updateTenant: {
    path: '/v1/tenant',
    method: 'PATCH',
    ok: 200,
    body: { time_zone: 'Europe/Berlin' },
    bad: { body: { time_zone: '+02:00' } },
  },
};
