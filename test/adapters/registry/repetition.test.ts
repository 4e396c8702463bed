import { REGISTRY_LIMITS } from '../../../src/adapters/registry/limits.js';
import { isPassing, pauseBefore } from '../../../src/adapters/registry/repetition.js';

test.each([408, 429, 500, 502, 503, 504, 520])('%d is asked again', (status) => {
  expect(isPassing(status)).toBe(true);
});

test.each([301, 400, 401, 403, 404, 409, 413, 416, 422, 501])('%d is not asked again', (status) => {
  expect(isPassing(status)).toBe(false);
});

test('pauses grow and stay under the longest one', () => {
  const pauses = [1, 2, 3, 4, 20].map((attempt) => pauseBefore(attempt, null, REGISTRY_LIMITS));
  pauses.forEach((ms, index) => {
    const whole = Math.min(REGISTRY_LIMITS.maxPauseMs, REGISTRY_LIMITS.pauseMs * 2 ** index);
    expect(ms).toBeGreaterThanOrEqual(Math.min(whole / 2, REGISTRY_LIMITS.maxPauseMs));
    expect(ms).toBeLessThanOrEqual(REGISTRY_LIMITS.maxPauseMs);
  });
});

test.each([
  ['12', 12_000],
  [' 12 ', 12_000],
  ['Mon, 04 May 2026 10:00:20 GMT', 20_000],
])('a registry that asks for Retry-After %s gets it', (header, atLeastMs) => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-05-04T10:00:00Z') });
  onTestFinished(() => void vi.useRealTimers());
  const ms = pauseBefore(1, header, REGISTRY_LIMITS);
  expect(ms).toBeGreaterThanOrEqual(atLeastMs);
  expect(ms).toBeLessThanOrEqual(atLeastMs + 2_500);
});

test('one that asks for too long gets the longest pause that may be asked for, and nonsense is passed over', () => {
  expect(pauseBefore(1, '86400', REGISTRY_LIMITS)).toBe(REGISTRY_LIMITS.maxAskedPauseMs);
  expect(pauseBefore(1, 'soon', REGISTRY_LIMITS)).toBeLessThanOrEqual(REGISTRY_LIMITS.pauseMs);
});
