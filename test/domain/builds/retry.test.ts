import { expect, test } from 'vitest';
import { retriedDestinations } from '../../../src/domain/builds/retry.js';

test('a retry has its own number where the build before had its own', () => {
  const before = ['r.local:5000/app:7', 'r.local:5000/app:latest', 'other/app:7', 'other/app:latest'];
  expect(retriedDestinations(before, 7, 9)).toEqual([
    'r.local:5000/app:9',
    'r.local:5000/app:latest',
    'other/app:9',
    'other/app:latest',
  ]);
});

test('tags that were asked for stay', () => {
  const asked = ['app:7', 'app:v1.7', 'app:17'];
  expect(retriedDestinations(asked, 7, 8)).toEqual(asked);
});
