import { setTimeout as sleep } from 'node:timers/promises';
import { toKilnError, type KilnError } from '../domain/errors.js';

export interface Patience {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly signal: AbortSignal;
  /** Gives up after so many tries; never by default. */
  readonly tries?: number;
  readonly onFailure?: (error: KilnError) => void;
}

/** Repeats a call while its error is retryable, with growing pauses, until the signal fires (then its reason is thrown). */
export async function keepTrying<T>(call: () => Promise<T>, patience: Patience): Promise<T> {
  for (let tried = 1, waitMs = patience.firstMs; ; tried++, waitMs = Math.min(waitMs * 2, patience.maxMs)) {
    patience.signal.throwIfAborted();
    try {
      return await call();
    } catch (thrown) {
      patience.signal.throwIfAborted();
      const error = toKilnError(thrown);
      // Waiting here frees no disk: another attempt may find a host with room.
      if (!error.rule.retryable || error.code === 'disk_full' || tried === patience.tries) throw error;
      patience.onFailure?.(error);
    }
    await sleep(waitMs * (0.75 + Math.random() / 2), undefined, { signal: patience.signal }).catch(() => {});
  }
}
