import {
  chargeOf,
  LEAST_CHARGE_MS,
  SHARE_HALF_LIFE_MS,
  usedNow,
} from '../../../src/domain/dispatch/fair-share.js';

test('a lease that ends at once counts a second', () => {
  expect(chargeOf(0)).toBe(LEAST_CHARGE_MS);
});

test('a short lease counts as long as it was', () => {
  expect(chargeOf(10_000)).toBeGreaterThan(9_900);
  expect(chargeOf(10_000)).toBeLessThan(10_000);
});

test('what was used counts half after ten minutes', () => {
  expect(usedNow({ usedMs: 1_000, asOfMs: 0 }, SHARE_HALF_LIFE_MS)).toBe(500);
});

test('a lease in two halves counts as much as one that was never cut', () => {
  const whole = chargeOf(2 * SHARE_HALF_LIFE_MS);
  const half = chargeOf(SHARE_HALF_LIFE_MS);
  expect(usedNow({ usedMs: half, asOfMs: 0 }, SHARE_HALF_LIFE_MS) + half).toBeCloseTo(whole, 3);
});

test('a lease of days is not held against its tenant for longer than a quarter of an hour of use', () => {
  expect(chargeOf(7 * 86_400_000)).toBeLessThan(15 * 60_000);
});
