/** builds.status: what may follow what. Type, zod enum, SQL CHECK comparison, CLI colours derive from this table. */
export const BUILD_STATUS = {
  queued: { next: ['in_progress', 'failed', 'cancelled'], terminal: false, label: 'queued', tone: 'muted' },
  in_progress: {
    next: ['queued', 'success', 'failed', 'cancelled'],
    terminal: false,
    label: 'building',
    tone: 'active',
  },
  success: { next: [], terminal: true, label: 'success', tone: 'good' },
  failed: { next: [], terminal: true, label: 'failed', tone: 'bad' },
  cancelled: { next: [], terminal: true, label: 'cancelled', tone: 'warn' },
} as const satisfies Record<string, StatusRule>;

/** One row of a status machine. `tone` is the colour family that every surface uses. */
export interface StatusRule {
  readonly next: readonly string[];
  readonly terminal: boolean;
  readonly label: string;
  readonly tone: 'muted' | 'active' | 'good' | 'bad' | 'warn';
}

export type BuildStatus = keyof typeof BUILD_STATUS;
export type TerminalStatus = 'success' | 'failed' | 'cancelled';
export const BUILD_STATUSES = Object.keys(BUILD_STATUS) as [BuildStatus, ...BuildStatus[]];

/** The only reasons for which a build may go back from in_progress to queued. */
export const REQUEUE_REASONS = [
  'worker_lost',
  'grant_unacknowledged',
  'held',
  'infrastructure_fault',
] as const;
export type RequeueReason = (typeof REQUEUE_REASONS)[number];

/** build_results.status; a timeout is a `failed` build whose result says `timeout`. */
export const RESULT_STATUSES = ['success', 'failed', 'cancelled', 'timeout'] as const;
export type ResultStatus = (typeof RESULT_STATUSES)[number];

/** build_results.failure_stage. NULL for failures in the queue, where failure_reason says why. */
export const FAILURE_STAGES = ['compile', 'build', 'tests', 'push', 'scan', 'verification'] as const;
export type FailureStage = (typeof FAILURE_STAGES)[number];

export function isTerminal(status: BuildStatus): status is TerminalStatus {
  return BUILD_STATUS[status].terminal;
}
