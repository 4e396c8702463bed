import { setTimeout as sleep } from 'node:timers/promises';
import { toKilnError, type KilnError } from '../domain/errors.js';

/**
 * Waiting here helps none of these: another attempt may find a host with room, and a publication waits minutes between its tries, so that people
 * read what it waits for.
 */
const WAITED_FOR_ELSEWHERE: ReadonlySet<string> = new Set(['disk_full', 'removal_unanswered']);

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
      const isHopeless = !error.rule.retryable || WAITED_FOR_ELSEWHERE.has(error.code);
      if (isHopeless || tried === patience.tries) throw error;
      patience.onFailure?.(error);
    }
    await sleep(waitMs * (0.75 + Math.random() / 2), undefined, { signal: patience.signal }).catch(() => {});
  }
}
