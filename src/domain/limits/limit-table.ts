import type { ErrorCode } from '../errors.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export const LIMIT_UNITS = ['seconds', 'minutes', 'bytes', 'entries', 'milli', 'pids', 'days'] as const;
export type LimitUnit = (typeof LIMIT_UNITS)[number];

/** One limit of builds. Numbers are whole and in `unit`, which the name says too. */
export interface LimitRule {
  readonly unit: LimitUnit;
  /** What holds where nobody set it. */
  readonly builtIn: number;
  /** Least and greatest value that anybody can set; also CHECKs of the table build_limits. */
  readonly floor: number;
  readonly ceiling: number;
  /** Variable of the api by which the operator sets it for the installation, and bounds what tenants and projects may set. */
  readonly variable: string;
  readonly what: string;
  /** What is done when it is reached. */
  readonly reached: string;
  /** What a build or request fails with then; null when it goes on. */
  readonly code: ErrorCode | null;
}

/** The one table of limits; schemas, columns, commands and docs/limits.md follow it. The names are those of the columns. */
export const LIMITS = {
  build_timeout_seconds: {
    unit: 'seconds',
    builtIn: DAY,
    floor: 10,
    ceiling: DAY,
    variable: 'KILN_BUILD_TIMEOUT_SECONDS',
    what: 'Longest time that a build may be given to run. Its setting `timeout` gives it that or less; 1h unless set.',
    reached:
      'A `timeout` above it is refused. An attempt that runs longer than its `timeout` is ended, and with it the build.',
    code: 'build_timeout',
  },
  step_timeout_seconds: {
    unit: 'seconds',
    builtIn: DAY,
    floor: 1,
    ceiling: DAY,
    variable: 'KILN_STEP_TIMEOUT_SECONDS',
    what: 'Longest time that one step may run.',
    reached: 'The run is ended; the build has the result timeout, which names the step.',
    code: 'step_timeout',
  },
  max_queued_wait_minutes: {
    unit: 'minutes',
    builtIn: DAY / MINUTE,
    floor: 1,
    ceiling: (30 * DAY) / MINUTE,
    variable: 'KILN_MAX_QUEUED_WAIT_MINUTES',
    what: 'Longest time that a build may wait in the queue.',
    reached: 'The build ends with the result timeout.',
    code: 'queue_timeout',
  },
  log_head_bytes: {
    unit: 'bytes',
    builtIn: 48 * MIB,
    floor: 1024,
    ceiling: GIB,
    variable: 'KILN_LOG_HEAD_BYTES',
    what: 'Beginning of the log of an attempt that is kept whatever its length.',
    reached: 'Lines between beginning and end are left out; a line of the log says how many.',
    code: null,
  },
  log_tail_bytes: {
    unit: 'bytes',
    builtIn: 16 * MIB,
    floor: 1024,
    ceiling: 64 * MIB,
    variable: 'KILN_LOG_TAIL_BYTES',
    what: 'End of the log of an attempt that is kept whatever its length.',
    reached: 'Lines between beginning and end are left out; a line of the log says how many.',
    code: null,
  },
  output_max_bytes: {
    unit: 'bytes',
    builtIn: 2 * GIB,
    floor: MIB,
    ceiling: 64 * GIB,
    variable: 'KILN_OUTPUT_MAX_BYTES',
    what: 'Most that the builder of an attempt may print, kept or not.',
    reached: 'The run is ended.',
    code: 'output_too_large',
  },
  context_max_bytes: {
    unit: 'bytes',
    builtIn: 4 * GIB,
    floor: 1024,
    ceiling: 64 * GIB,
    variable: 'KILN_UPLOAD_MAX_BYTES',
    what: 'Largest source: files of a build context as they lie unpacked; of git, the repository and all its submodules together, and again what is fetched for them.',
    reached:
      'An upload is refused as `payload_too_large`. A build is refused, or ends while its source is fetched.',
    code: 'source_too_large',
  },
  context_max_entries: {
    unit: 'entries',
    builtIn: 200_000,
    floor: 1,
    ceiling: 1_000_000,
    variable: 'KILN_UPLOAD_MAX_ENTRIES',
    what: 'Most files, folders and links of a source, submodules included.',
    reached:
      'An upload is refused as `payload_too_large`. A build is refused, or ends while its source is fetched.',
    code: 'source_too_large',
  },
  image_max_bytes: {
    unit: 'bytes',
    builtIn: 20 * GIB,
    floor: 1024,
    ceiling: 1024 * GIB,
    variable: 'KILN_IMAGE_MAX_BYTES',
    what: 'Largest image, compressed as the registry holds it.',
    reached: 'Nothing is published; the failure names the largest layers.',
    code: 'image_too_large',
  },
  artifact_max_bytes: {
    unit: 'bytes',
    builtIn: GIB,
    floor: 1024,
    ceiling: 64 * GIB,
    variable: 'KILN_ARTIFACT_MAX_BYTES',
    what: 'Most bytes that are kept of the stages of a build: its artifacts and the reports of its tests together.',
    reached: 'The build fails; nothing is published.',
    code: 'artifact_too_large',
  },
  artifact_keep_days: {
    unit: 'days',
    builtIn: 36_500,
    floor: 1,
    ceiling: 36_500,
    variable: 'KILN_ARTIFACT_KEEP_DAYS',
    what: 'Longest time that what is kept of the stages of a build is kept, whatever its `retention` says.',
    reached: 'The artifact expires: its row stays, its bytes go.',
    code: null,
  },
  workspace_max_bytes: {
    unit: 'bytes',
    builtIn: 24 * GIB,
    floor: MIB,
    ceiling: 1024 * GIB,
    variable: 'KILN_WORKSPACE_MAX_BYTES',
    what: "Most that a run may keep on the disk of its build host: source as it arrives and unpacked, work files, raw output. The builder's cache is counted apart.",
    reached: 'The run is ended.',
    code: 'workspace_too_large',
  },
  memory_max_bytes: {
    unit: 'bytes',
    builtIn: 1024 * GIB,
    floor: 64 * MIB,
    ceiling: 1024 * GIB,
    variable: 'KILN_MEMORY_MAX_BYTES',
    what: 'Most memory that a build may be given, all its processes together, without swap. Its setting `memory` gives it that or less; the limit itself unless set. A build host gives three quarters of its own memory at most.',
    reached:
      'A `memory` above it is refused. The kernel ends a process of a build that needs more than it was given.',
    code: 'out_of_memory',
  },
  cpu_max_milli: {
    unit: 'milli',
    builtIn: 1_024_000,
    floor: 10,
    ceiling: 1_024_000,
    variable: 'KILN_CPU_MAX_MILLI',
    what: 'Most CPU time that a build may be given, in thousandths of a CPU. Its setting `cpus` gives it that or less; the limit itself unless set.',
    reached: 'A `cpus` above it is refused. A build that wants more goes slower.',
    code: null,
  },
  max_pids: {
    unit: 'pids',
    builtIn: 16_384,
    floor: 32,
    ceiling: 4_194_304,
    variable: 'KILN_MAX_PIDS',
    what: 'Most processes and threads that a build may have at a time. Its setting `pids` gives it that or less; the limit itself unless set.',
    reached:
      'A `pids` above it is refused. A build that has as many starts no more of them, and where it then fails, that is told as the reason.',
    code: 'too_many_processes',
  },
} as const satisfies Record<string, LimitRule>;

export type LimitName = keyof typeof LIMITS;
export const LIMIT_NAMES = Object.keys(LIMITS) as readonly LimitName[];

/** Whether a text is the name of a limit. */
export function isLimitName(text: string): text is LimitName {
  return Object.hasOwn(LIMITS, text);
}
