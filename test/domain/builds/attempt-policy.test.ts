import { expect, test } from 'vitest';
import { ATTEMPT_POLICY, waitBeforeNextAttempt } from '../../../src/domain/builds/attempt-policy.js';

test('a builder that went away is tried again after growing waits, up to the bound', () => {
  const waits = [1, 2, 3, 4].map((faults) => waitBeforeNextAttempt('builder_unavailable', faults));
  expect(waits).toEqual([1_000, 5_000, 25_000, null]);
  expect(waits).toHaveLength(ATTEMPT_POLICY.maxAttempts);
});

test.each([
  'build_step_failed',
  'engine_failed',
  'dockerfile_invalid',
  'base_image_missing',
  'registry_denied',
  'build_timeout',
  'not a code',
])('%s says something of the build and is not tried again by itself', (code) => {
  expect(waitBeforeNextAttempt(code, 1)).toBeNull();
});
