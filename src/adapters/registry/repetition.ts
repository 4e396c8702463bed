import type { RegistryLimits } from './limits.js';

/** Statuses of trouble that passes by itself: too many requests, time-outs, and 5xx but for what a registry cannot do at all. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/**
 * Milliseconds until a request is sent again after so many attempts: doubling, half of it left to chance, and never less than a
 * Retry-After (seconds or a date) asks for, within the limits.
 */
export function pauseBefore(attempt: number, retryAfter: string | null, limits: RegistryLimits): number {
  const doubled = limits.pauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.max(
    Math.min(limits.maxPauseMs, doubled),
    Math.min(limits.maxAskedPauseMs, askedPauseMs(retryAfter)),
  );
}

/** Milliseconds that a Retry-After (seconds or a date) asks for; 0 for none. */
export function askedPauseMs(header: string | null): number {
  if (header === null) return 0;
  const asked = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(asked) ? Math.max(0, asked) : 0;
}
