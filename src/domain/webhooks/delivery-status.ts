/**
 * What has become of a delivery. `pending`: a build is about to be made of it. `awaiting_approval`: of code from another repository, when
 * somebody has approved it. `started`: its build exists. `coalesced`: a newer one of the same ref, or what was found of the same push, is built
 * instead. `ignored`: the rules of its webhook do not take it. `refused`: it cannot be read, or is of another repository. `rejected`: somebody has
 * decided that it is not built. `failed`: its build was not accepted.
 */
export const DELIVERY_STATUSES = [
  'pending',
  'awaiting_approval',
  'started',
  'coalesced',
  'ignored',
  'refused',
  'rejected',
  'failed',
] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Tries to make a build of a delivery, with growing pauses: about an hour and a half. */
export const MOST_TRIES = 12;
const FIRST_PAUSE_MS = 2_000;
export const LONGEST_PAUSE_MS = 15 * 60_000;

/** How long to wait after a try that has failed for a passing reason; null when it was the last one. */
export function pauseAfter(attemptNumber: number): number | null {
  if (attemptNumber >= MOST_TRIES) return null;
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attemptNumber - 1));
}
