import type { FailureStage } from '../domain/builds/status.js';
import type { InspectedImage, RunFailure, RunMetrics, RunOutcome } from '../domain/builds/outcome.js';
import type { KilnError } from '../domain/errors.js';
import type { RunUsage } from '../ports/runner.js';
import type { StopReason } from './journal.js';
import { maskText } from './masking.js';

/** The failure that an error of Kiln's own work (not of a step) stands for. */
export function failureOf(error: KilnError, stage: FailureStage): RunFailure {
  return {
    code: error.code,
    stage,
    message: error.message,
    retryable: error.rule.retryable,
    stepNumber: null,
    instruction: null,
    exitCode: null,
    lastLines: [],
  };
}

/**
 * Metrics of a run; what was not measured is null, as is the use of a client whose daemon does the work. The push is part of the run
 * and is not counted as building.
 */
export function metricsOf(
  usage: RunUsage | null,
  run: { sourceMs: number | null; pushMs: number | null; isUsageOfBuild: boolean },
): RunMetrics {
  const runMs = usage?.durationMs ?? null;
  const own = run.isUsageOfBuild ? usage : null;
  return {
    sourceDurationMs: run.sourceMs,
    buildDurationMs: runMs === null ? null : Math.max(0, runMs - (run.pushMs ?? 0)),
    pushDurationMs: run.pushMs,
    peakMemoryBytes: own?.peakMemoryBytes ?? null,
    cpuUsagePercent: own?.cpuUsagePercent ?? null,
    diskReadBytes: own?.diskReadBytes ?? null,
    diskWriteBytes: own?.diskWriteBytes ?? null,
  };
}

/** How a run ended that was ended from outside. */
export function stoppedOutcome(reason: StopReason, exitCode: number | null, metrics: RunMetrics): RunOutcome {
  const result = reason === 'cancelled' ? 'cancelled' : 'lost';
  const failure: RunFailure = {
    code: result === 'cancelled' ? 'cancelled' : 'run_lost',
    stage: 'build',
    message:
      result === 'cancelled' ? 'The build was cancelled.' : 'The run of the build was lost with its host.',
    retryable: result === 'lost',
    stepNumber: null,
    instruction: null,
    exitCode,
    lastLines: [],
  };
  return { result, exitCode, failure, image: null, metrics };
}

export function failedOutcome(failure: RunFailure, exitCode: number | null, metrics: RunMetrics): RunOutcome {
  return { result: 'failed', exitCode, failure, image: null, metrics };
}

export function succeededOutcome(
  image: InspectedImage,
  exitCode: number | null,
  metrics: RunMetrics,
): RunOutcome {
  return { result: 'succeeded', exitCode, failure: null, image, metrics };
}

/** Hides secrets in every text of a failure. */
export function maskFailure(failure: RunFailure, patterns: readonly Buffer[]): RunFailure {
  return {
    ...failure,
    message: maskText(failure.message, patterns),
    instruction: failure.instruction === null ? null : maskText(failure.instruction, patterns),
    lastLines: failure.lastLines.map((line) => maskText(line, patterns)),
  };
}
