import type { StatusRule } from './status.js';

/** build_steps.status. */
export const STEP_STATUS = {
  pending: {
    next: ['running', 'success', 'failed', 'skipped'],
    terminal: false,
    label: 'pending',
    tone: 'muted',
  },
  running: { next: ['success', 'failed', 'skipped'], terminal: false, label: 'running', tone: 'active' },
  success: { next: [], terminal: true, label: 'done', tone: 'good' },
  failed: { next: [], terminal: true, label: 'failed', tone: 'bad' },
  skipped: { next: [], terminal: true, label: 'skipped', tone: 'muted' },
} as const satisfies Record<string, StatusRule>;

export type StepStatus = keyof typeof STEP_STATUS;
export const STEP_STATUSES = Object.keys(STEP_STATUS) as [StepStatus, ...StepStatus[]];

/**
 * One step as an engine reports it, whole each time (an upsert by build, attempt, number). Times are ISO 8601 UTC.
 * `number` starts at 1 in the order of the engine's plan.
 */
export interface Step {
  readonly number: number;
  readonly name: string;
  /** FROM, RUN, COPY, ADD, ENV...; null for the engine's own work (loading, exporting). */
  readonly instructionType: string | null;
  readonly status: StepStatus;
  readonly cached: boolean;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly durationMs: number | null;
  /** The last lines of the step's output (at most 8 KiB each). */
  readonly stdout: string | null;
  readonly stderr: string | null;
  readonly errorMessage: string | null;
  /** The exit code of the step's process as text, when it had one. */
  readonly errorCode: string | null;
  readonly layerDigest: string | null;
  readonly layerSizeBytes: number | null;
}
