const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration for people: `0.4s`, `12.3s`, `3m 04s`, `2h 05m`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 59_950) return `${(ms / SECOND).toFixed(1)}s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < HOUR / SECOND) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

/** How long something will take, which nobody knows to a tenth: `17s`, `3m 04s`, `2h 05m`. */
export function formatRemaining(durationMs: number): string {
  const seconds = Math.ceil(Math.max(0, durationMs) / SECOND);
  return seconds < 60 ? `${seconds}s` : formatDuration(seconds * SECOND);
}

/** How long ago a moment was: `just now`, `5m ago`, `3h ago`, `12d ago`. */
export function formatAge(isoTime: string, nowMs: number): string {
  const ms = nowMs - Date.parse(isoTime);
  if (ms < 10 * SECOND) return 'just now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m ago`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h ago`;
  return `${Math.floor(ms / DAY)}d ago`;
}

/** Whole units, for words around them: `1 step`, `3 steps`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
