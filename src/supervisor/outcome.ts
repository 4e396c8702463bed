import type { FailureStage } from '../domain/builds/status.js';
import type {
  InspectedImage,
  InspectedManifest,
  RunFailure,
  RunMetrics,
  RunOutcome,
} from '../domain/builds/outcome.js';
import { ERRORS, type KilnError } from '../domain/errors.js';
import { secretsToldByImage } from '../domain/secrets/told-by-image.js';
import type { GroupUsage } from '../ports/run-groups.js';
import type { RunUsage } from '../ports/runner.js';
import type { StopReason } from './journal.js';
import { maskMessage, maskText } from './masking.js';
import { Masks } from './masks.js';

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
  run: {
    sourceMs: number | null;
    pushMs: number | null;
    isUsageOfBuild: boolean;
    /** What the control group of the run tells; it knows better than the runner. */
    group: GroupUsage | null;
  },
): RunMetrics {
  const runMs = usage?.durationMs ?? null;
  const own = run.isUsageOfBuild ? usage : null;
  const { group } = run;
  return {
    sourceDurationMs: run.sourceMs,
    buildDurationMs: runMs === null ? null : Math.max(0, runMs - (run.pushMs ?? 0)),
    pushDurationMs: run.pushMs,
    peakMemoryBytes: group?.peakMemoryBytes ?? own?.peakMemoryBytes ?? null,
    cpuUsagePercent: averageCpu(group?.cpuMs ?? null, runMs) ?? own?.cpuUsagePercent ?? null,
    diskReadBytes: group?.diskReadBytes ?? own?.diskReadBytes ?? null,
    diskWriteBytes: group?.diskWriteBytes ?? own?.diskWriteBytes ?? null,
  };
}

/** Percent of one CPU. */
function averageCpu(cpuMs: number | null, runMs: number | null): number | null {
  return cpuMs === null || !runMs ? null : Math.round((cpuMs / runMs) * 1000) / 10;
}

type Stopped = Pick<RunOutcome, 'result'> & Pick<RunFailure, 'code' | 'message'>;

const LOST: Stopped = {
  result: 'lost',
  code: 'run_lost',
  message: 'The run of the build was lost with its build host.',
};
/** `stopped`: the controller knows why and tells it with the build's result (a time-out, mostly). */
const STOPPED: Readonly<Record<StopReason, Stopped>> = {
  cancelled: { result: 'cancelled', code: 'cancelled', message: 'The build was cancelled.' },
  stopped: { result: 'failed', code: 'cancelled', message: 'The run was stopped by the controller.' },
  lost: LOST,
  refused: LOST,
};

/** How a run ended that was ended from outside. */
export function stoppedOutcome(reason: StopReason, exitCode: number | null, metrics: RunMetrics): RunOutcome {
  const { result, code, message } = STOPPED[reason];
  const failure: RunFailure = {
    code,
    stage: 'build',
    message,
    retryable: ERRORS[code].retryable,
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
export function maskFailure(failure: RunFailure, masks: Masks): RunFailure {
  const { instruction } = failure;
  return {
    ...failure,
    message: maskMessage(failure.message, masks),
    instruction: instruction === null ? null : maskText(instruction, masks),
    lastLines: failure.lastLines.map((line) => maskText(line, masks)),
  };
}

/**
 * Hides secrets in what an image says of itself: how its layers were made, where builders write arguments with their values, its variables, and
 * what it runs, where and as whom. The image itself keeps them.
 */
export function maskImage(image: InspectedImage, masks: Masks): InspectedImage {
  const hide = (text: string): string => maskText(text, masks);
  const hideOrNull = (text: string | null): string | null => (text === null ? null : hide(text));
  const hideIn = <M extends InspectedManifest>(manifest: M): M => ({
    ...manifest,
    entrypoint: manifest.entrypoint?.map(hide) ?? null,
    cmd: manifest.cmd?.map(hide) ?? null,
    envVars: manifest.envVars.map(hide),
    workingDir: hideOrNull(manifest.workingDir),
    ...(manifest.user !== undefined && { user: hideOrNull(manifest.user) }),
    layers: manifest.layers.map((layer) => ({
      ...layer,
      createdBy: hideOrNull(layer.createdBy),
    })),
  });
  return { ...hideIn(image), platformImages: image.platformImages?.map(hideIn) };
}

/** Hides in the same places what looks secret in the image itself, such as arguments of whoever has built its base. */
export function maskToldByImage(image: InspectedImage): InspectedImage {
  const manifests = [image, ...(image.platformImages ?? [])];
  const told = secretsToldByImage({
    envVars: manifests.flatMap(({ envVars }) => envVars),
    history: manifests.flatMap(({ layers }) => layers.flatMap(({ createdBy }) => createdBy ?? [])),
  });
  return maskImage(image, new Masks(told.map((value) => Buffer.from(value))));
}
