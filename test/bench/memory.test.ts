import { expect, test } from 'vitest';
import { slope } from '../../bench/dispatch/memory.mjs';

test('points on a line have its slope, without an error', () => {
  const line = [0, 100, 200, 300].map((x) => [x, 7 + 3 * x] as const);
  expect(slope(line)).toEqual({ slope: 3, error: 0 });
});

test('points beside it have the standard error of the slope', () => {
  const { slope: grows, error } = slope([
    [0, 1],
    [1, 0],
    [2, 3],
    [3, 2],
  ]);
  expect(grows).toBeCloseTo(0.6, 10);
  // The residuals are 0.4, -1.2, 1.2 and -0.4: sqrt(3.2 / 2 / 5).
  expect(error).toBeCloseTo(Math.sqrt(0.32), 10);
});

test('two points tell of no error', () => {
  expect(slope([[0, 1], [1, 2]])).toEqual({ slope: 1, error: null }); // prettier-ignore
});
