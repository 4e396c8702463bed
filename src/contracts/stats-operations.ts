import { PROJECT, TENANT_ID } from './examples/names.js';
import { operation } from './operation.js';
import {
  CacheUse,
  limitedQuery,
  Outcomes,
  outcomesQuery,
  type Period,
  rangeQuery,
  SlowSteps,
  Tenant,
  TenantChange,
  Trends,
  trendsQuery,
} from './stats.js';

const RANGE =
  'Days are those of the time zone of the tenant (`PATCH /v1/tenant`); a build belongs to the one on which it was accepted. 400 days at most.';
const example = { project: PROJECT, from: '2026-05-04', until: '2026-05-04' };
const range = { time_zone: 'Europe/Berlin', from: example.from, until: example.until };
const A_DAY: Period = {
  ...{ from: example.from, until: example.until, total_builds: 12, successful: 9, failed: 2, cancelled: 1 },
  ...{ average_duration_seconds: 64, median_queue_wait_seconds: 2, failure_rate_percent: 18.18 },
  ...{ most_common_failure: 'build_step_failed', kaniko_count: 0, buildx_count: 12, container_count: 0 },
  ...{ packer_count: 0, paketo_count: 0, max_concurrent_at_peak: 3 },
};

export const getTrends = operation({
  id: 'getTrends',
  method: 'get',
  path: '/v1/stats/trends',
  tag: 'stats',
  summary: 'How builds went, by day, week or month',
  description: `${RANGE} The range is widened to whole periods. Without from: 30 days, 12 weeks or 12 months.`,
  auth: 'token',
  query: trendsQuery,
  responses: { 200: { description: 'Each period.', schema: Trends, orCsv: true } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: { ...example, by: 'day' },
    answer: { status: 200, body: { ...range, by: 'day', is_current: true, items: [A_DAY] } },
  },
});

export const listSlowSteps = operation({
  id: 'listSlowSteps',
  method: 'get',
  path: '/v1/stats/steps',
  tag: 'stats',
  summary: 'The slowest steps, by project and name',
  description: `${RANGE} Without from: 30 days. Percentiles are durations that were measured, in the newest 500 builds of the range.`,
  auth: 'token',
  query: limitedQuery,
  responses: { 200: { description: 'The slowest first.', schema: SlowSteps, orCsv: true } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: example,
    answer: {
      status: 200,
      body: {
        ...{ ...range, builds: 12, is_whole: true },
        items: [
          {
            ...{ project: PROJECT, step_name: 'RUN make', count: 11 },
            ...{ p50_milliseconds: 41_200, p95_milliseconds: 58_100 },
          },
        ],
      },
    },
  },
});

export const getCacheUse = operation({
  id: 'getCacheUse',
  method: 'get',
  path: '/v1/stats/cache',
  tag: 'stats',
  summary: 'How much came out of the cache, and how many layers were there before, by project',
  description: `${RANGE} Without from: 30 days.`,
  auth: 'token',
  query: rangeQuery,
  responses: { 200: { description: 'Each project that has built.', schema: CacheUse, orCsv: true } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: example,
    answer: {
      status: 200,
      body: {
        ...{ ...range, builds: 12, is_current: true },
        items: [
          {
            ...{ project: PROJECT, steps: 60, cached_steps: 45, hit_rate_percent: 75 },
            ...{ layers: 45, reused_layers: 36, layer_reuse_percent: 80 },
          },
        ],
      },
    },
  },
});

export const getOutcomes = operation({
  id: 'getOutcomes',
  method: 'get',
  path: '/v1/stats/success',
  tag: 'stats',
  summary: 'How builds ended, by branch, method or worker',
  description: `${RANGE} Without from: 30 days. A build counts for the worker of its last attempt; one that no worker took up counts for none.`,
  auth: 'token',
  query: outcomesQuery,
  responses: { 200: { description: 'Those with the most builds first.', schema: Outcomes, orCsv: true } },
  errors: ['invalid_request', 'not_found'],
  example: {
    query: { ...example, by: 'branch' },
    answer: {
      status: 200,
      body: {
        ...{ ...range, builds: 12, is_current: true, by: 'branch' },
        items: [
          {
            ...{ name: 'main', total_builds: 12, successful: 9, failed: 2, cancelled: 1 },
            success_rate_percent: 81.82,
          },
        ],
      },
    },
  },
});

const A_TENANT: Tenant = { id: TENANT_ID, slug: 'default', name: 'default', time_zone: 'Europe/Berlin' };

export const getTenant = operation({
  id: 'getTenant',
  method: 'get',
  path: '/v1/tenant',
  tag: 'identity',
  summary: 'The tenant of the token',
  auth: 'token',
  responses: { 200: { description: 'As it is.', schema: Tenant } },
  errors: [],
  example: { answer: { status: 200, body: A_TENANT } },
});

export const updateTenant = operation({
  id: 'updateTenant',
  method: 'patch',
  path: '/v1/tenant',
  tag: 'identity',
  summary: 'Sets the time zone of the tenant',
  description: 'All days of its statistics are counted again, the newest first, which takes some seconds.',
  auth: 'token',
  body: TenantChange,
  responses: { 200: { description: 'As it is now.', schema: Tenant } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large'],
  example: { body: { time_zone: 'Europe/Berlin' }, answer: { status: 200, body: A_TENANT } },
});
