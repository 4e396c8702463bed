import { finishRun, putSteps } from '../../src/contracts/supervisor.js';
import { REPORT_LIMITS } from '../../src/contracts/run-report.js';
import type { RunOutcome } from '../../src/domain/builds/outcome.js';
import type { Step } from '../../src/domain/builds/step-status.js';

const step: Step = {
  number: 1,
  name: 'RUN make',
  instructionType: 'RUN',
  status: 'success',
  cached: false,
  startedAt: '2026-01-01T00:00:00.000Z',
  completedAt: null,
  durationMs: 12,
  stdout: null,
  stderr: 'text',
  errorMessage: null,
  errorCode: null,
  layerDigest: null,
  layerSizeBytes: null,
};
const outcome: RunOutcome = {
  result: 'failed',
  exitCode: 1,
  failure: {
    code: 'build_step_failed',
    stage: 'build',
    message: 'RUN make failed',
    retryable: false,
    stepNumber: 1,
    instruction: 'RUN make',
    exitCode: 1,
    lastLines: ['make: ***'],
  },
  image: null,
  metrics: {
    sourceDurationMs: null,
    buildDurationMs: 5,
    pushDurationMs: null,
    peakMemoryBytes: null,
    cpuUsagePercent: 12.5,
    diskReadBytes: null,
    diskWriteBytes: null,
  },
};
const log = { chunks: 0, lines: 0, bytes: 0, sha256: 'e3', note: null };
const takesStep = (value: unknown) => putSteps.body.safeParse({ fence: 1, steps: [value] }).success;
const takesOutcome = (value: unknown) => finishRun.body.safeParse({ fence: 1, outcome: value, log }).success;

describe('the report of a run', () => {
  it('is taken as the domain has it', () => {
    expect([takesStep(step), takesOutcome(outcome)]).toEqual([true, true]);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['an unknown field', { ...step, extra: 1 }],
    ['an unknown status', { ...step, status: 'done' }],
    ['a number that is none', { ...step, number: 0 }],
    ['a time that is none', { ...step, startedAt: 'yesterday' }],
    ['a negative duration', { ...step, durationMs: -1 }],
    ['a type longer than its column', { ...step, instructionType: 'R'.repeat(41) }],
    ['an endless name', { ...step, name: 'x'.repeat(REPORT_LIMITS.stepName + 1) }],
  ])('refuses a step with %s', (_what, value) => {
    expect(takesStep(value)).toBe(false);
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['an unknown result', { ...outcome, result: 'fine' }],
    ['an unknown code', { ...outcome, failure: { ...outcome.failure, code: 'oops' } }],
    ['a success without an image', { ...outcome, result: 'succeeded', failure: null }],
    ['a failure without a reason', { ...outcome, failure: null }],
    ['metrics that are texts', { ...outcome, metrics: { ...outcome.metrics, buildDurationMs: '5' } }],
    ['an image without a digest', { ...outcome, result: 'succeeded', failure: null, image: { layers: [] } }],
  ])('refuses an outcome with %s', (_what, value) => {
    expect(takesOutcome(value)).toBe(false);
  });
});
