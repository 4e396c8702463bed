import type { Step } from '../../domain/builds/step-status.js';
import { StepOutput } from '../output/step-output.js';

/** One step while it goes on. */
export interface OpenStep {
  readonly number: number;
  readonly name: string;
  /** The instruction as the executor prints it; null for the push. */
  readonly instruction: string | null;
  readonly isPush: boolean;
  readonly startedMs: number;
  readonly output: StepOutput;
  cached: boolean;
}

/** A new step that is open. */
export function openStep(number: number, name: string, isPush: boolean, startedMs: number): OpenStep {
  return {
    ...{ number, name, isPush, startedMs },
    instruction: isPush ? null : name,
    output: new StepOutput(),
    cached: false,
  };
}

/** The step as it is told: running, or ended at `endedMs` with a fault or without. */
export function toStep(
  open: OpenStep,
  end: { readonly endedMs: number; readonly fault: string | null; readonly exitCode: number | null } | null,
): Step {
  return {
    number: open.number,
    name: open.name,
    instructionType: /^[A-Z]+/.exec(open.instruction ?? '')?.[0] ?? null,
    status: end === null ? 'running' : end.fault === null ? 'success' : 'failed',
    cached: open.cached,
    startedAt: new Date(open.startedMs).toISOString(),
    completedAt: end === null ? null : new Date(end.endedMs).toISOString(),
    durationMs: end === null ? null : Math.max(0, end.endedMs - open.startedMs),
    stdout: open.output.stdout.text(),
    stderr: open.output.stderr.text(),
    errorMessage: end?.fault ?? null,
    errorCode: end?.exitCode?.toString() ?? null,
    layerDigest: null,
    layerSizeBytes: null,
  };
}
