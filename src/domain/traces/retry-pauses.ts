const PAUSES_MS = [5_000, 30_000, 120_000, 600_000];

/** A trace that nobody takes in so many tries is given up. */
export const MOST_TRIES = PAUSES_MS.length + 1;

/** The pause after a try that failed, counted from 1; null after the last one. */
export function pauseAfterTry(tries: number): number | null {
  return PAUSES_MS[tries - 1] ?? null;
}
