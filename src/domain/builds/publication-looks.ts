import { STAGING_KEEP_MS } from './retry.js';

/**
 * When a registry is asked again, after the end of a build that came to nothing, whether it serves what the build has sent there: a manifest
 * that something held up may come after the first look, which is at the end itself. The last one is when staging is emptied.
 */
const LOOKS_MS = [60_000, 10 * 60_000] as const;
const SHORTEST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 60 * 60_000;

/** Milliseconds from the end of the build until the next look; null where no further one is planned. `sinceEndMs`: how long that is ago. */
export function nextLookMs(sinceEndMs: number): number | null {
  return LOOKS_MS.find((ms) => ms > sinceEndMs) ?? null;
}

/** The same after a look that came to nothing: each wait as long as all before it; null where the emptying of staging comes before. */
export function nextTryMs(sinceEndMs: number): number | null {
  const ms = sinceEndMs + Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, sinceEndMs));
  return ms < STAGING_KEEP_MS ? ms : null;
}
