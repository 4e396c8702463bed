import {
  bandOf,
  expectedDuration,
  type PastRun,
  remainingOf,
} from '../../../src/domain/dispatch/expected-duration.js';

const build = { projectId: 'app', method: 'buildx', usesCache: true };
const runs = (durations: readonly number[], over: Partial<PastRun> = {}): PastRun[] =>
  durations.map((durationMs) => ({ ...build, ...over, durationMs }));

test('the band is the median with the 10th and the 90th percentile', () => {
  expect(bandOf([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110])).toEqual({
    ...{ lowMs: 20, medianMs: 60, highMs: 100 },
  });
});

test('runs of the same project, method and cache setting decide where there are a few', () => {
  const past = [
    ...runs([1_000, 2_000, 3_000]),
    ...runs([50_000, 60_000, 70_000], { usesCache: false }),
    ...runs([9, 9, 9], { projectId: 'other' }),
  ];
  expect(expectedDuration(build, past).medianMs).toBe(2_000);
  expect(expectedDuration({ ...build, usesCache: false }, past).medianMs).toBe(60_000);
});

test('where a project has too few runs, those of its method speak for it', () => {
  const past = [...runs([9_000]), ...runs([1_000, 1_000, 1_000], { projectId: 'other' })];
  expect(expectedDuration(build, past).medianMs).toBe(1_000);
});

test('one run says a little, and is doubted both ways', () => {
  expect(expectedDuration(build, runs([8_000]))).toEqual({ lowMs: 4_000, medianMs: 8_000, highMs: 16_000 });
});

test('where nothing was ever built the band is wide', () => {
  const { lowMs, highMs } = expectedDuration(build, []);
  expect(highMs / lowMs).toBeGreaterThan(10);
});

test('a run that takes longer than expected is given more time, and more the longer it takes', () => {
  expect(remainingOf(60_000, 20_000)).toBe(40_000);
  expect(remainingOf(60_000, 90_000)).toBe(9_000);
  expect(remainingOf(60_000, 600_000)).toBe(60_000);
});
