import type { RunOutcome } from '../../../src/domain/builds/outcome.js';

/** What a supervisor reports of a run that is gone. */
export const lostOutcome: RunOutcome = {
  result: 'lost',
  exitCode: null,
  failure: {
    code: 'run_lost',
    stage: 'build',
    message: 'The run of the build was lost with its build host.',
    retryable: true,
    stepNumber: null,
    instruction: null,
    exitCode: null,
    lastLines: [],
  },
  image: null,
  metrics: {
    sourceDurationMs: null,
    buildDurationMs: null,
    pushDurationMs: null,
    peakMemoryBytes: null,
    cpuUsagePercent: null,
    diskReadBytes: null,
    diskWriteBytes: null,
  },
};
