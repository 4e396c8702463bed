import fc from 'fast-check';
import { OutcomeReport, StepReport } from '../../src/contracts/run-report.js';
import type { RunOutcome } from '../../src/domain/builds/outcome.js';
import type { Step } from '../../src/domain/builds/step-status.js';
import { fitOutcome, fitStep } from '../../src/supervisor/fit-report.js';
import { anyText } from '../support/any-text.js';

const oddText = fc.oneof(
  anyText,
  fc
    .tuple(fc.constantFrom('a\u0000', '\ud800', '😀', 'line\n', '"'), fc.integer({ min: 0, max: 200_000 }))
    .map(([unit, length]) => unit.repeat(length).slice(0, length)),
);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const oddNumber = maybe(fc.oneof(fc.double(), fc.integer()));
const oddTime = maybe(fc.oneof(fc.constantFrom('0000-00-00', '2026-01-01T00:00:00.123456789Z', ''), oddText));
const number = fc.integer({ min: 1, max: 500 });

const steps: fc.Arbitrary<Step> = fc.record({
  number,
  name: oddText,
  instructionType: maybe(oddText),
  status: fc.constantFrom('pending', 'running', 'success'),
  cached: fc.boolean(),
  startedAt: oddTime,
  completedAt: oddTime,
  durationMs: oddNumber,
  stdout: maybe(oddText),
  stderr: maybe(oddText),
  errorMessage: maybe(oddText),
  errorCode: maybe(oddText),
  layerDigest: fc.constant(null),
  layerSizeBytes: oddNumber,
});

const metrics = fc.record({
  sourceDurationMs: oddNumber,
  buildDurationMs: oddNumber,
  pushDurationMs: oddNumber,
  peakMemoryBytes: oddNumber,
  cpuUsagePercent: oddNumber,
  diskReadBytes: oddNumber,
  diskWriteBytes: oddNumber,
});

const warnings = fc.array(
  fc.record({
    foundBy: fc.constantFrom('hadolint', 'buildkit'),
    rule: oddText,
    severity: fc.constantFrom('error', 'style'),
    line: maybe(fc.integer({ min: 1 })),
    column: maybe(fc.integer({ min: 1 })),
    message: oddText,
    link: maybe(oddText.map((text) => `https://${text}`)),
  }),
  { maxLength: 3 },
);

const failed: fc.Arbitrary<RunOutcome> = fc.record({
  warnings,
  result: fc.constant('failed' as const),
  exitCode: maybe(fc.integer()),
  failure: fc.record({
    code: fc.constant('engine_failed' as const),
    stage: fc.constant('build' as const),
    message: oddText,
    retryable: fc.boolean(),
    stepNumber: maybe(number),
    instruction: maybe(oddText),
    exitCode: maybe(fc.integer()),
    lastLines: fc.array(oddText, { maxLength: 80 }),
  }),
  image: fc.constant(null),
  metrics,
});

const digest = `sha256:${'a'.repeat(64)}`;
const succeeded: fc.Arbitrary<RunOutcome> = fc.record({
  result: fc.constant('succeeded' as const),
  exitCode: fc.constant(0),
  failure: fc.constant(null),
  metrics,
  image: fc.record({
    repository: fc.constant('registry.example.com/staging'),
    manifestDigest: fc.constant(digest),
    manifestMediaType: oddText,
    configDigest: fc.constant(digest),
    platform: maybe(oddText),
    compressedSizeBytes: fc.nat(),
    uncompressedSizeBytes: maybe(fc.nat()),
    entrypoint: maybe(fc.array(oddText)),
    cmd: maybe(fc.array(oddText)),
    envVars: fc.array(oddText),
    workingDir: maybe(oddText),
    baseImage: maybe(fc.record({ name: fc.constant('debian'), tag: maybe(fc.constant('12')) })),
    layers: fc.array(
      fc.record({
        number,
        digest: fc.constant(digest),
        sizeBytes: fc.nat(),
        mediaType: oddText,
        createdBy: maybe(oddText),
        isBaseLayer: fc.constant(null),
        stepNumber: maybe(number),
      }),
      { maxLength: 5 },
    ),
  }),
});

const UNSTORABLE = /\u0000|\p{Surrogate}/u;

/** Every text inside a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

describe('what a supervisor reports', () => {
  it('of a step is always taken by the api, however odd the step is', () => {
    fc.assert(
      fc.property(steps, (step) => {
        const fitting = fitStep(step);
        expect(StepReport.safeParse(fitting).error).toBeUndefined();
        expect(texts(fitting).filter((text) => UNSTORABLE.test(text))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('of an end is always taken by the api', () => {
    fc.assert(
      fc.property(fc.oneof(failed, succeeded), (outcome) => {
        const fitting = fitOutcome(outcome);
        expect(OutcomeReport.safeParse(fitting).error).toBeUndefined();
        expect(texts(fitting).filter((text) => UNSTORABLE.test(text))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the beginning of a message and the end of an output, from the start of a line', () => {
    const [step] = fc.sample(steps, 1) as [Step];
    const lines = Array.from({ length: 9000 }, (_, n) => `line ${n}\n`).join('');
    const fitting = fitStep({ ...step, errorMessage: lines, stdout: lines });
    expect(fitting.errorMessage).toMatch(/^line 0\nline 1\n/);
    expect(fitting.stdout).toMatch(/^…\nline \d+\n[^]*\nline 8999\n$/);
  });

  it('leaves a step of common size as it is', () => {
    const step: Step = {
      number: 4,
      name: '[2/3] RUN make',
      instructionType: 'RUN',
      status: 'success',
      cached: false,
      startedAt: '2026-01-01T00:00:00.000Z',
      completedAt: '2026-01-01T00:00:01.500Z',
      durationMs: 1500,
      stdout: 'ok\n',
      stderr: null,
      errorMessage: null,
      errorCode: null,
      layerDigest: digest,
      layerSizeBytes: 7,
    };
    expect(fitStep(step)).toEqual(step);
  });
});
