const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses after the first, second ... try that failed: the schedule of the specification of Standard Webhooks, about three days. */
const PAUSES_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
const JITTER = 0.2;
const LONGEST_ASKED_MS = 24 * HOUR_MS;

/** After so many tries a notification is given up. */
export const MOST_TRIES = PAUSES_MS.length + 1;

/**
 * Milliseconds until the next try after `tries` have failed; null when that was the last. `factor` stretches the schedule, `random` (0 to 1)
 * spreads those that failed together, and a receiver that has asked for a pause gets at least that, a day at most.
 */
export function pauseAfterTry(
  tries: number,
  given: { readonly factor: number; readonly random: number; readonly askedMs: number | null },
): number | null {
  const planned = PAUSES_MS[tries - 1];
  if (planned === undefined) return null;
  const spread = 1 - JITTER + 2 * JITTER * given.random;
  return Math.round(
    Math.max(planned * given.factor * spread, Math.min(given.askedMs ?? 0, LONGEST_ASKED_MS)),
  );
}

/** What Retry-After (RFC 9110: seconds, or a date) asks for, in milliseconds from `nowMs`; null for anything else. */
export function readRetryAfter(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND_MS;
  if (!/^[A-Z][a-z]{2}, /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
