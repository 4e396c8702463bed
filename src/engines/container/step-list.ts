import type { Step } from '../../domain/builds/step-status.js';
import { StepOutput } from '../output/step-output.js';

/** One step while the run goes on. */
export interface OpenStep {
  readonly number: number;
  readonly name: string;
  /** FROM, RUN, COPY...; null for the work of the builder itself. */
  readonly instructionType: string | null;
  /** The instruction as buildah prints it; null for the work of the builder itself. */
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

/** The step as it is told: running, or ended at `endedMs` with a fault or without. */
export function toStep(
  open: OpenStep,
  end: { readonly endedMs: number; readonly fault: string | null; readonly exitCode: number | null } | null,
): Step {
  return {
    number: open.number,
    name: open.name,
    instructionType: open.instructionType,
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
