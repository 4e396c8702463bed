import type { Step } from '../../domain/builds/step-status.js';
import { StepOutput } from './step-output.js';

/** One step while the run goes on. */
export interface OpenStep {
  readonly number: number;
  /** A builder may find out more of what it names while the step runs. */
  name: string;
  /** FROM, RUN, COPY...; null for the work of the builder itself. */
  readonly instructionType: string | null;
  /** The instruction as the builder prints it; null for the work of the builder itself. */
  readonly instruction: string | null;
  readonly startedMs: number;
  readonly output: StepOutput;
  cached: boolean;
}

/** The steps in order of their beginning; one is open at a time. */
export class StepList {
  private count = 0;
  open: OpenStep | null = null;

  begin(name: string, instruction: string | null, atMs: number): OpenStep {
    this.open = {
      number: ++this.count,
      name,
      instructionType:
        instruction === null ? null : (/^[A-Za-z]+/.exec(instruction)?.[0].toUpperCase() ?? null),
      instruction,
      startedMs: atMs,
      output: new StepOutput(),
      cached: false,
    };
    return this.open;
  }
}

/** How a step ended that did not end well; without a fault the failure of another has cut it short. */
export interface StepFault {
  readonly fault: string | null;
  readonly exitCode: number | null;
}

/** The step as it is told: running, or ended at `endedMs`, well or not. */
export function toStep(
  open: OpenStep,
  ended: { readonly endedMs: number; readonly end: StepFault | null } | null,
): Step {
  const end = ended?.end ?? null;
  const isCutShort = end !== null && end.fault === null;
  const status = end === null ? 'success' : isCutShort ? 'skipped' : 'failed';
  return {
    number: open.number,
    name: open.name,
    instructionType: open.instructionType,
    status: ended === null ? 'running' : status,
    cached: open.cached,
    startedAt: new Date(open.startedMs).toISOString(),
    completedAt: ended === null ? null : new Date(ended.endedMs).toISOString(),
    durationMs: ended === null ? null : Math.max(0, ended.endedMs - open.startedMs),
    stdout: open.output.stdout.text(),
    stderr: open.output.stderr.text(),
    errorMessage: isCutShort ? 'The build ended before this step did.' : (end?.fault ?? null),
    errorCode: end?.exitCode?.toString() ?? null,
    layerDigest: null,
    layerSizeBytes: null,
  };
}
