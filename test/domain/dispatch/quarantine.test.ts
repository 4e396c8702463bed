import { quarantineReason } from '../../../src/domain/dispatch/quarantine.js';

test.each([
  [2, 1, null],
  [3, 1, 'it lost 3 builds within 10 min'],
  [4, 4, null],
  [5, 4, 'it lost 5 builds within 10 min'],
])('%d builds lost by a host of %d slots: %s', (lost, slots, reason) =>
  expect(quarantineReason(lost, slots)).toBe(reason),
);
