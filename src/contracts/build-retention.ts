import { z } from 'zod';
import { BUILD_STATUSES } from '../domain/builds/status.js';
import {
  BUILD_RETENTION_BOUNDS,
  type BuildRetention as DomainBuildRetention,
} from '../domain/retention/build-retention.js';
import { PRUNE_TRIGGERS } from './retention.js';

const timestamp = z.iso.datetime({ offset: true });
const count = z.int().min(0);

const within = ({ least, most }: { readonly least: number; readonly most: number }) =>
  z.int().min(least).max(most).nullable();

const rules = {
  keep_builds: within(BUILD_RETENTION_BOUNDS.keep_builds).describe(
    'so many of the newest builds of each branch stay',
  ),
  older_than_days: within(BUILD_RETENTION_BOUNDS.older_than_days).describe(
    'builds that ended in the last so many days stay',
  ),
  log_days: within(BUILD_RETENTION_BOUNDS.log_days).describe(
    'logs of builds that were accepted in the last so many days stay, those of others go',
  ),
};

/** Which builds lose all but their record, and for how long logs are kept. A build goes only when every rule for builds that is set lets it go. */
const Rules = z.strictObject(rules);
/** Does not compile when the schema and the type in the domain part. */
export const SAME_AS_DOMAIN: (retention: z.infer<typeof Rules>) => DomainBuildRetention = (retention) =>
  retention;

export const BuildRetention = z.strictObject({
  project: z.string().nullable().describe('slug; null for the tenant'),
  set_here: Rules.describe('what the project (or, without one, the tenant) has set; null: not set here'),
  effective: Rules.describe(
    'what holds: that of the project before that of the tenant, before `KILN_LOG_DAYS`; null: nothing goes by it',
  ),
});
export type BuildRetention = z.infer<typeof BuildRetention>;

export const BuildRetentionChange = z
  .strictObject(rules)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'expected at least one rule to change');

const JudgedBuild = z.strictObject({
  build_id: z.uuid(),
  build_number: z.int().min(1),
  branch: z.string().nullable(),
  status: z.enum(BUILD_STATUSES),
  completed_at: timestamp.nullable(),
  because: z.string().describe('why it goes or stays, in words'),
});
export type JudgedBuild = z.infer<typeof JudgedBuild>;

/** What a prune of builds would do now: a thousand of either kind are named at most. */
export const BuildPrunePreview = z.strictObject({
  project: z.string(),
  retention: Rules,
  goes: z.array(JudgedBuild).describe('the oldest first'),
  goes_count: count,
  stays: z.array(JudgedBuild).describe('the newest first'),
  stays_count: count,
});
export type BuildPrunePreview = z.infer<typeof BuildPrunePreview>;

/** One run of the retention of builds of a project. */
export const BuildPrune = z.strictObject({
  id: z.uuid(),
  project_id: z.uuid(),
  prune_trigger: z.enum(PRUNE_TRIGGERS),
  requested_at: timestamp,
  completed_at: timestamp.nullable(),
  removed_builds: count.describe('of which only the record is left'),
  removed_log_bytes: count,
});
export type BuildPrune = z.infer<typeof BuildPrune>;

/** What retention has taken of a build. */
export const Removal = z.strictObject({
  what: z
    .enum(['details', 'log'])
    .describe('details: steps, log, artifacts, metrics, warnings and tests; the record stays'),
  removed_at: timestamp,
  because: z.string(),
});
