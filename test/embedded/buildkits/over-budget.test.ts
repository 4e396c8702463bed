import { expect, test } from 'vitest';
import { type CacheOf, overBudget } from '../../../src/embedded/buildkits/over-budget.js';

const cold = (key: string, usedAtMs: number, sizeBytes: number): CacheOf => ({
  key,
  usedAtMs,
  sizeBytes,
  isLive: false,
});
const live = (...of: Parameters<typeof cold>): CacheOf => ({ ...cold(...of), isLive: true });

test('caches within their budget stay', () => {
  expect(overBudget([live('a', 1, 60), cold('b', 2, 40)], 100)).toEqual([]);
});

test('of stopped BuildKits the cache used longest ago goes, and no more than it takes', () => {
  const caches = [cold('newer', 3, 50), cold('old', 1, 30), live('live', 4, 50), cold('older', 2, 10)];
  expect(overBudget(caches, 105)).toEqual([
    { kind: 'remove', key: 'old' },
    { kind: 'remove', key: 'older' },
  ]);
});

test('a live one gives what is too much in its turn', () => {
  const caches = [live('old', 1, 80), cold('newer', 2, 40)];
  expect(overBudget(caches, 100)).toEqual([{ kind: 'shrink', key: 'old', sizeBytes: 60 }]);
});

test('where a live one has not enough, the next gives too', () => {
  const caches = [live('old', 1, 30), live('newer', 2, 100), cold('empty', 0, 0)];
  expect(overBudget(caches, 90)).toEqual([
    { kind: 'shrink', key: 'old', sizeBytes: 0 },
    { kind: 'shrink', key: 'newer', sizeBytes: 90 },
  ]);
});
