import type { QueuedBuild } from '../../contracts/queue.js';
import { stripEscapes } from '../terminal/escapes.js';
import { formatRemaining } from '../terminal/units.js';

/** When a build is expected to start: `in about 3m 04s (1m 10s to 8m 00s)`, `any moment`; null where nobody can tell. */
export function startText(place: QueuedBuild, nowMs: number): string | null {
  const { expected_start_at: expected, earliest_start_at: earliest, latest_start_at: latest } = place;
  if (expected === null || earliest === null || latest === null) return null;
  const leftMs = Date.parse(expected) - nowMs;
  const lateMs = Date.parse(latest) - nowMs;
  if (lateMs < 1_000) return 'any moment';
  const [least, most] = [Date.parse(earliest) - nowMs, lateMs].map(formatRemaining);
  const band = least === most ? '' : ` (${least} to ${most})`;
  return `in about ${formatRemaining(leftMs)}${band}`;
}

/** `waiting for a free slot; starts in about 20s`, on one line. */
export function waitText(place: QueuedBuild, nowMs: number): string {
  const start = startText(place, nowMs);
  return stripEscapes(start === null ? place.reason : `${place.reason}; starts ${start}`);
}
