import { z } from 'zod';
import { parseGitRef } from '../domain/builds/git-ref.js';
import { parseCron } from '../domain/schedules/cron.js';
import {
  CATCHUP_SECONDS,
  JITTER_SECONDS,
  MAX_BACKFILL,
  OVERLAPS,
  TICK_KINDS,
  TICK_STATUSES,
} from '../domain/schedules/schedule.js';
import { nextTick } from '../domain/schedules/ticks.js';
import { isZone, ZONE_EXAMPLE } from '../domain/schedules/zone.js';
import { GitSource, MethodName } from './builds.js';
import { KnownMethod } from './known-method.js';
import { BuildPreset } from './preset.js';

const time = z.iso.datetime({ offset: true });

export const ScheduleName = z
  .string()
  .max(63)
  .regex(
    /^[a-z0-9]+(?:[-._][a-z0-9]+)*$/,
    'expected lower-case letters and digits, with single "-", "." or "_" between them, such as nightly',
  );

const cronExpression = z
  .string()
  .max(200)
  .superRefine((text, context) => {
    const times = parseCron(text);
    if ('trouble' in times) context.addIssue({ code: 'custom', message: times.trouble });
    else if (nextTick({ times, timezone: 'UTC' }, Date.now()) === null)
      context.addIssue({
        code: 'custom',
        message: 'there is no such day; `0 2 1 * *` is the first of each month',
      });
  })
  .describe(
    'minute, hour, day of the month, month, day of the week, such as `30 2 * * 1-5`; or @hourly, @daily, @weekly, @monthly, @yearly',
  );

const timezone = z
  .string()
  .max(64)
  .refine(isZone, ZONE_EXAMPLE)
  .describe('IANA time zone that the expression is read in');

const gitBranch = z.string().superRefine((text, context) => {
  try {
    parseGitRef(text);
    if (!text.startsWith('refs/')) return;
  } catch {
    // Said below.
  }
  context.addIssue({ code: 'custom', message: 'expected the name of a branch, such as main' });
});

const fields = {
  cron_expression: cronExpression,
  timezone,
  git_url: GitSource.shape.url.describe('repository that is built'),
  git_branch: gitBranch.describe('branch that is built, as it is when the build begins'),
  build_method: KnownMethod.nullable().describe(
    'what the preset, the build file or the project says unless set',
  ),
  build_config_preset: BuildPreset.describe('what else a request for a build would say; a template'),
  jitter_seconds: z
    .int()
    .min(JITTER_SECONDS.least)
    .max(JITTER_SECONDS.most)
    .describe('each run begins up to this much later, so that not everything begins at once'),
  overlap: z
    .enum(OVERLAPS)
    .describe(
      'what happens at a time while a build of this schedule waits or runs: skip it, let one wait (buffer_one), start another (allow_all), or have the others cancelled (cancel_other)',
    ),
  catchup_window_seconds: z
    .int()
    .min(CATCHUP_SECONDS.least)
    .max(CATCHUP_SECONDS.most)
    .describe('how late a run may be that came due while Kiln was not there; after that it is skipped'),
  is_active: z.boolean().describe('false while it is paused'),
  pause_note: z.string().trim().max(500).nullable().describe('why it is paused'),
};

export const NewSchedule = z.strictObject({
  schedule_name: ScheduleName,
  ...fields,
  timezone: timezone.default('UTC'),
  build_method: fields.build_method.default(null),
  build_config_preset: fields.build_config_preset.prefault({}),
  jitter_seconds: fields.jitter_seconds.default(JITTER_SECONDS.standard),
  overlap: fields.overlap.default('skip'),
  catchup_window_seconds: fields.catchup_window_seconds.default(CATCHUP_SECONDS.standard),
  is_active: fields.is_active.default(true),
  pause_note: fields.pause_note.default(null),
});
export type NewSchedule = z.output<typeof NewSchedule>;

/** What is absent stays as it is. */
export const ScheduleChange = z
  .strictObject({ schedule_name: ScheduleName, ...fields })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'expected at least one field to change');
export type ScheduleChange = z.output<typeof ScheduleChange>;

const Run = z.strictObject({
  at: time,
  local: z.string().describe('as the clock of the zone shows it, such as `2026-03-29 03:30 +02:00`'),
});

export const Schedule = z.strictObject({
  id: z.uuid(),
  project: z.string().describe('slug of the project'),
  schedule_name: z.string(),
  cron_expression: z.string(),
  timezone: z.string(),
  git_url: z.string(),
  git_branch: z.string(),
  build_method: MethodName.nullable(),
  build_config_preset: z.record(z.string(), z.unknown()),
  jitter_seconds: z.int(),
  overlap: z.enum(OVERLAPS),
  catchup_window_seconds: z.int(),
  is_active: z.boolean(),
  pause_note: z.string().nullable(),
  last_triggered_at: time.nullable().describe('when it last started a build'),
  next_trigger_at: time
    .nullable()
    .describe('computed from expression and zone, without the jitter; null while it is paused'),
  next_runs: z.array(Run).describe('the next five, without the jitter; also while it is paused'),
  trouble: z
    .string()
    .nullable()
    .describe('why the last change has not reached Temporal; null when it has, or is about to'),
  created_at: time,
  updated_at: time,
});
export type Schedule = z.infer<typeof Schedule>;

export const Tick = z.strictObject({
  scheduled_at: time,
  kind: z.enum(TICK_KINDS).describe('why there is a build: its time came, or somebody has asked'),
  status: z
    .enum(TICK_STATUSES)
    .describe(
      'due, buffered and starting are on their way; started has a build; skipped and failed have a reason',
    ),
  build_id: z.uuid().nullable(),
  build_number: z.int().nullable(),
  reason: z.string().nullable(),
});
export type Tick = z.infer<typeof Tick>;

export const Backfill = z
  .strictObject({ from: time, to: time })
  .refine(({ from, to }) => Date.parse(from) <= Date.parse(to), {
    path: ['to'],
    message: 'comes before from',
  })
  .describe(
    `times of the schedule from one moment to another, both included; ${String(MAX_BACKFILL)} at most`,
  );
