import { z } from 'zod';
import { OUTCOME_KINDS } from '../domain/stats/performance.js';
import { PERIOD_KINDS } from '../domain/stats/periods.js';
import { isZone, ZONE_EXAMPLE } from '../domain/schedules/zone.js';

const day = z.iso.date('expected a day such as 2026-05-04');
const count = z.int().min(0);
const percent = z.number().min(0).max(100).nullable();

/** What every question has: which days, of which project, and how the answer is written. */
export const rangeQuery = z.strictObject({
  project: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('slug or id; all projects of the tenant without it'),
  from: day.optional().describe("first day, in the tenant's time zone"),
  until: day.optional().describe('last day, which is included; today without it'),
  format: z.enum(['json', 'csv']).default('json').describe('csv gives the items only, after RFC 4180'),
});

const A_LIMIT = 'expected a whole number from 1 to 1000';
export const limitedQuery = rangeQuery.extend({
  limit: z.coerce.number<string>(A_LIMIT).int(A_LIMIT).min(1, A_LIMIT).max(1000, A_LIMIT).default(50),
});
export const trendsQuery = rangeQuery.extend({
  by: z.enum(PERIOD_KINDS).default('day').describe('weeks are those of ISO 8601, Monday to Sunday'),
});

export const outcomesQuery = limitedQuery.extend({ by: z.enum(OUTCOME_KINDS).default('branch') });

export const Period = z.strictObject({
  from: day,
  until: day.describe('included'),
  total_builds: count.describe('builds that were accepted on these days'),
  successful: count,
  failed: count.describe('those that ran out of time among them'),
  cancelled: count.describe('those that a newer build took the place of among them'),
  average_duration_seconds: count
    .nullable()
    .describe('from acceptance to end, of builds that succeeded or failed'),
  median_queue_wait_seconds: count.nullable().describe('of the same builds'),
  failure_rate_percent: percent.describe('failed ones among those that succeeded or failed'),
  most_common_failure: z.string().nullable().describe('error code; of equally common ones the first by name'),
  kaniko_count: count,
  buildx_count: count,
  container_count: count,
  packer_count: count,
  paketo_count: count,
  max_concurrent_at_peak: count.describe(
    'attempts that ran at once, at most, whenever their builds were accepted',
  ),
});
export type Period = z.infer<typeof Period>;

const range = {
  time_zone: z.string().describe('of the tenant: its midnights part the days'),
  from: day,
  until: day,
};

const builds = count.describe('builds that the answer is made of');
const isCurrent = z.boolean().describe('false while changes of the last seconds are not counted yet');

export const Trends = z.strictObject({
  ...range,
  by: z.enum(PERIOD_KINDS),
  is_current: isCurrent,
  items: z.array(Period).describe('every period, also those without a build; the oldest first'),
});
export type Trends = z.infer<typeof Trends>;

export const SlowSteps = z.strictObject({
  ...range,
  builds,
  is_whole: z.boolean().describe('false where the range has more builds: then the newest 500 were looked at'),
  items: z
    .array(
      z.strictObject({
        project: z.string(),
        step_name: z.string(),
        count: count.describe('how often it ran; steps out of the cache and failed ones do not count'),
        p50_milliseconds: count,
        p95_milliseconds: count,
      }),
    )
    .describe('the slowest by p95 first'),
});
export type SlowSteps = z.infer<typeof SlowSteps>;

export const CacheUse = z.strictObject({
  ...range,
  builds,
  is_current: isCurrent,
  items: z.array(
    z.strictObject({
      project: z.string(),
      steps: count.describe('instructions that succeeded'),
      cached_steps: count,
      hit_rate_percent: percent,
      layers: count.describe('layers of the images that were built'),
      reused_layers: count.describe('those that an earlier build of the tenant had'),
      layer_reuse_percent: percent,
    }),
  ),
});
export type CacheUse = z.infer<typeof CacheUse>;

export const Outcomes = z.strictObject({
  ...range,
  builds,
  is_current: isCurrent,
  by: z.enum(OUTCOME_KINDS),
  items: z
    .array(
      z.strictObject({
        name: z.string().nullable().describe('null: of no branch'),
        total_builds: count,
        successful: count,
        failed: count,
        cancelled: count,
        success_rate_percent: percent.describe('of those that succeeded or failed'),
      }),
    )
    .describe('those with the most builds first'),
});
export type Outcomes = z.infer<typeof Outcomes>;

export const Tenant = z.strictObject({
  id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  time_zone: z.string().describe('IANA name; its midnights part the days of statistics'),
});
export type Tenant = z.infer<typeof Tenant>;

export const TenantChange = z.strictObject({
  time_zone: z.string().max(64).refine(isZone, ZONE_EXAMPLE).describe('IANA time zone'),
});
