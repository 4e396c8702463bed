import { formatSeconds } from './format-seconds.js';

/** A host that has lost so many builds within the window takes none for a while. */
export const QUARANTINE_LOSSES = 3;
export const QUARANTINE_WINDOW_MS = 10 * 60_000;
/** For a host that lets one grant after the other run out. */
export const IGNORED_GRANTS_QUARANTINE_MS = 60_000;
export const IGNORED_GRANTS_REASON = 'it let three grants in a row run out';

/**
 * Why a host that has lost these builds goes into quarantine; null when it does not. A host that goes down once loses at most what
 * its slots hold, which is no reason yet.
 */
export function quarantineReason(lostBuilds: number, slots: number): string | null {
  if (lostBuilds < Math.max(QUARANTINE_LOSSES, slots + 1)) return null;
  return `it lost ${lostBuilds} builds within ${formatSeconds(QUARANTINE_WINDOW_MS)}`;
}
