/** Limits that have not passed. */
const pending = new Set<AbortSignal>();

/**
 * A signal that aborts after so many milliseconds, and when the given one does. `AbortSignal.any` holds its sources weakly, and on
 * Node 20 an `AbortSignal.timeout` that nobody else holds is collected and never aborts.
 */
export function timeLimit(ms: number, other?: AbortSignal): AbortSignal {
  const limit = AbortSignal.timeout(ms);
  pending.add(limit);
  limit.addEventListener('abort', () => pending.delete(limit), { once: true });
  return other === undefined ? limit : AbortSignal.any([other, limit]);
}
