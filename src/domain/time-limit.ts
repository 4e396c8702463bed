/** Limits that have not passed. */
const pending = new Set<AbortSignal>();

/**
 * A signal that aborts after so many milliseconds, to be combined with others by `AbortSignal.any`: that holds its sources weakly, and on
 * Node 20 an `AbortSignal.timeout` that nobody else holds is collected and never aborts.
 */
export function timeLimit(ms: number): AbortSignal {
  const signal = AbortSignal.timeout(ms);
  pending.add(signal);
  signal.addEventListener('abort', () => pending.delete(signal), { once: true });
  return signal;
}
