import { Removal } from './build-retention.js';
import { z } from 'zod';
import { CACHE_MISS_KINDS } from '../domain/builds/cache-miss-kinds.js';
import { parseGitRef } from '../domain/builds/git-ref.js';
import { parseGitUrl } from '../domain/builds/git-url.js';
import { BUILD_STATUSES, FAILURE_STAGES, RESULT_STATUSES } from '../domain/builds/status.js';
import { STEP_STATUSES } from '../domain/builds/step-status.js';
import { TRIGGER_TYPES } from '../domain/builds/trigger.js';
import { WARNING_SEVERITIES, WARNING_SOURCES } from '../domain/builds/warning.js';
import { parseContextPath } from '../domain/images/context-path.js';
import { BuildGate } from './gates.js';
import { TrustLevel } from './trust-level.js';
import { WhatIfOf } from './what-if-of.js';

const id = z.uuid();
const timestamp = z.iso.datetime({ offset: true });
const count = z.int().min(0);

/** A build method in an answer: this Kiln need not know it, where another version has written the record. */
export const MethodName = z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected the name of a build method');

/** How a build ended, and how long each part took. `status` is null until the build is terminal. */
export const BuildResult = z.strictObject({
  status: z.enum(RESULT_STATUSES).nullable(),
  exit_code: z.int().nullable(),
  output_image_url: z.string().nullable().describe('repository@digest as the registry serves it'),
  output_image_digest: z.string().nullable(),
  image_deleted_at: timestamp
    .nullable()
    .describe('since when no registry of the project has the image any more'),
  failure_reason: z.string().nullable(),
  failure_code: z.string().nullable().describe('a code of the error table'),
  failure_stage: z.enum(FAILURE_STAGES).nullable(),
  failure_step: z.int().nullable(),
  failure_instruction: z.string().nullable(),
  failure_last_lines: z.array(z.string()),
  failure_fix: z.string().nullable(),
  retryable: z.boolean().nullable().describe('whether a retry can help'),
  total_duration_milliseconds: count.nullable(),
  queue_wait_milliseconds: count.nullable(),
  build_execution_milliseconds: count.nullable(),
  artifact_push_milliseconds: count.nullable(),
  retry_count: count,
  is_retry: z.boolean(),
  original_build_id: id.nullable().describe('of a retry: the first build of its chain'),
  retry_of_build_id: id.nullable().describe('of a retry: the build before it'),
  resumable_from: z
    .enum(['publish'])
    .nullable()
    .describe('the phase from which a retry can go on without building again; null when it cannot'),
  warning_count: count.describe('what lints say of the Dockerfile; see listWarnings'),
  cleanup_status: z
    .enum(['pending', 'completed', 'failed'])
    .describe('whether what it left in staging and on its host is gone'),
});

/** A build as the API shows it. */
export const Build = z.strictObject({
  id,
  project: z.string().describe('slug of the project'),
  project_id: id,
  build_number: z.int().min(1),
  status: z.enum(BUILD_STATUSES),
  build_method: MethodName.describe('records keep it when the method is no longer offered'),
  image_id: id.nullable(),
  destinations: z.array(z.string()).describe('repository:tag that a success moves'),
  git_commit: z.string().nullable(),
  branch: z.string().nullable(),
  author: z.string().nullable(),
  message: z.string().nullable(),
  trigger_type: z.enum(TRIGGER_TYPES),
  trigger_source: z.string().nullable(),
  trust: TrustLevel,
  priority: z.int(),
  queue_reason: z
    .string()
    .nullable()
    .describe('why a queued build waits; null for other builds, and in lists'),
  error_message: z.string().nullable(),
  cancel_requested_at: timestamp.nullable(),
  publish_began_at: timestamp
    .nullable()
    .describe(
      'right before the first manifest was sent to a destination; a cancel that was asked for before keeps everything from being published',
    ),
  created_at: timestamp,
  started_at: timestamp.nullable(),
  completed_at: timestamp.nullable(),
  attempts: count,
  log_complete: z
    .boolean()
    .describe(
      'the build is over and nothing will be added to its log; an attempt says what was lost (log_note)',
    ),
  workflow_id: z.string(),
  trace_id: z
    .string()
    .optional()
    .describe('of its trace, which is sent once it has ended; absent where Kiln sends none'),
  removal: Removal.nullable().describe('what retention has taken of it; null for a build that is whole'),
  gate: BuildGate.nullable().describe('null for a build that has come to no gate'),
  what_if: WhatIfOf.optional().describe('absent of builds that are published when they succeed'),
  result: BuildResult,
});
export type Build = z.infer<typeof Build>;

export const BuildStep = z.strictObject({
  attempt: z.int().min(1),
  step_number: z.int().min(1),
  step_name: z.string(),
  instruction_type: z.string().nullable(),
  status: z.enum(STEP_STATUSES),
  cached: z.boolean(),
  layer_digest: z.string().nullable(),
  layer_size_bytes: count.nullable(),
  stdout: z.string().nullable(),
  stderr: z.string().nullable(),
  error_message: z.string().nullable(),
  error_code: z.string().nullable(),
  started_at: timestamp.nullable(),
  completed_at: timestamp.nullable(),
  duration_seconds: count.nullable(),
  duration_milliseconds: count.nullable(),
});
export type BuildStep = z.infer<typeof BuildStep>;

/** What a lint says of the Dockerfile. It never fails a build. */
export const BuildWarning = z.strictObject({
  found_by: z.enum(WARNING_SOURCES),
  rule: z.string(),
  severity: z.enum(WARNING_SEVERITIES),
  line_number: z.int().min(1).nullable(),
  column_number: z.int().min(1).nullable(),
  message: z.string(),
  link: z.string().nullable().describe('explains the rule'),
});
export type BuildWarning = z.infer<typeof BuildWarning>;

export const BuildLayer = z.strictObject({
  platform: z
    .string()
    .nullable()
    .describe('such as linux/amd64; the layers of an index come platform after platform'),
  layer_number: z.int().min(1),
  layer_digest: z.string(),
  layer_size_bytes: count,
  is_base_layer: z.boolean().nullable(),
  base_image_name: z.string().nullable().describe('of a layer of the base image'),
  base_image_tag: z.string().nullable(),
  base_image_digest: z.string().nullable(),
  created_by: z.string().nullable(),
  step_number: z.int().nullable(),
  unpacked_size_bytes: count
    .nullable()
    .describe('this and what follows are null as long as nobody has looked into the layer'),
  files_added: count.nullable(),
  files_changed: count.nullable().describe('files of lower layers that it holds again'),
  files_removed: count.nullable().describe('files of lower layers that it hides'),
  wasted_bytes: count.nullable().describe('of its files, those that a later layer holds again or hides'),
  used_in_builds_count: count,
  last_used_in_build_at: timestamp.nullable(),
});
export type BuildLayer = z.infer<typeof BuildLayer>;

/** An image that a build was made from. */
export const BaseImageUse = z.strictObject({
  reference: z.string().describe('as FROM names it, with its registry'),
  digest: z
    .string()
    .nullable()
    .describe('what the name stood for; null where neither builder nor registry could tell'),
  is_base: z.boolean().describe('the image that was built stands on it'),
});
export type BaseImageUse = z.infer<typeof BaseImageUse>;

/** Why a step ran and was not taken from a cache. */
export const BuildCacheMiss = z.strictObject({
  step_number: z.int().min(1),
  reason: z.enum(CACHE_MISS_KINDS),
  message: z.string().describe('the reason in words; build arguments by their names alone'),
});
export type BuildCacheMiss = z.infer<typeof BuildCacheMiss>;

/** Measured or null. */
export const BuildMetrics = z.strictObject({
  total_duration_seconds: count.nullable(),
  docker_build_duration_seconds: count.nullable(),
  docker_push_duration_seconds: count.nullable(),
  peak_memory_usage_mb: count.nullable(),
  cpu_usage_percent: z.number().nullable(),
  disk_read_bytes: count.nullable(),
  disk_write_bytes: count.nullable(),
  total_layers: count.nullable(),
  reused_layers: count.nullable(),
  new_layers: count.nullable(),
  final_image_size_bytes: count.nullable(),
  compression_ratio: z.number().nullable(),
});
export type BuildMetrics = z.infer<typeof BuildMetrics>;

export const StatusChange = z.strictObject({
  from_status: z.enum(BUILD_STATUSES).nullable(),
  to_status: z.enum(BUILD_STATUSES),
  reason: z.string().nullable(),
  changed_by_system: z.boolean(),
  changed_at: timestamp,
});
export type StatusChange = z.infer<typeof StatusChange>;

export const Attempt = z.strictObject({
  attempt: z.int().min(1),
  worker_name: z.string(),
  fence: z.int(),
  started_at: timestamp,
  ended_at: timestamp.nullable(),
  ended_reason: z.string().nullable(),
  failure_code: z.string().nullable().describe('why this attempt failed; a code of the error table'),
  failure_reason: z.string().nullable(),
  log_lines: count,
  log_bytes: count,
  log_sha256: z.string().nullable(),
  log_note: z.string().nullable().describe('what of the log is unavailable, if anything'),
});
export type Attempt = z.infer<typeof Attempt>;

/** One chunk of consecutive lines of one step, as SSE data. The event id is `<attempt>.<chunk>`. */
export const LogChunk = z.strictObject({
  attempt: z.int().min(1),
  chunk: z.int().min(0),
  step_number: z.int().nullable(),
  log_level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  first_line: z.int().min(1),
  line_count: count,
  logged_at: timestamp,
  log_content: z.string(),
});
export type LogChunk = z.infer<typeof LogChunk>;

/** A part of a git source, judged by its parser in the domain. */
function judged(parse: (text: string) => unknown) {
  return z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      const { message, code } = error as { message: string; code?: unknown };
      context.addIssue({ code: 'custom', message, params: { code } });
    }
  });
}

/** A git repository. The commit is resolved once and recorded with the build; every later attempt uses it. */
export const GitSource = z
  .strictObject({
    kind: z.literal('git'),
    url: judged(parseGitUrl).describe(
      'https://host/path, ssh://user@host/path or user@host:path, without credentials',
    ),
    ref: judged(parseGitRef)
      .nullable()
      .default(null)
      .describe("branch, tag, full ref or full commit id; null for the repository's default branch"),
    folder: judged(parseContextPath).nullable().default(null).describe('folder to build; null for the whole'),
    submodules: z.boolean().default(false),
    lfs: z.boolean().default(false).describe('fetch the files that git LFS keeps'),
    depth: z
      .int()
      .min(0)
      .max(1_000_000)
      .nullable()
      .default(null)
      .describe(
        'commits of history that stay in the context as .git, 0 for all of it; null for no .git at all',
      ),
  })
  .refine(({ folder, depth }) => depth === null || folder === null || folder === '.', {
    path: ['depth'],
    message: 'history can only stay with the whole repository: leave "folder" out',
  });
export type GitSource = z.infer<typeof GitSource>;

/** What a build was made from, as people know it. */
export const GitFacts = z.strictObject({
  commit: z.string().max(64).nullable().default(null),
  branch: z.string().max(255).nullable().default(null),
  author: z.string().max(255).nullable().default(null),
  message: z.string().max(4096).nullable().default(null),
});
export type GitFacts = z.infer<typeof GitFacts>;

/** Where the build's source comes from. */
export const Source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('upload'), upload_id: id }),
  z
    .strictObject({ kind: z.literal('inline') })
    .describe('no context: the Dockerfile is in the options (dockerfile_inline)'),
  GitSource,
]);
export type Source = z.infer<typeof Source>;
