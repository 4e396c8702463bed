import { setTimeout as sleep } from 'node:timers/promises';

/** What a loop reports; pino's logger fits. */
export interface LoopLog {
  error(fields: Record<string, unknown>, text: string): void;
}

/** A loop that works when it is rung or when its own time has come. */
export interface Loop {
  ring(): void;
  /** Resolves when the round that is going on has ended. */
  stop(): Promise<void>;
}

const AFTER_ERROR_MS = 1000;

/**
 * Runs `round` again and again: it returns the milliseconds until the next one, and `ring` brings that forward. A round that throws is
 * logged and repeated; it never ends the loop.
 */
export function startLoop(name: string, log: LoopLog, round: () => Promise<number>): Loop {
  const stopping = new AbortController();
  let rung = false;
  let wake = new AbortController();

  const turn = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      rung = false;
      const waitMs = await round().catch((error: unknown) => {
        log.error({ err: error, loop: name }, `${name} failed; it is repeated`);
        return AFTER_ERROR_MS;
      });
      if (rung || stopping.signal.aborted) continue;
      wake = new AbortController();
      await sleep(waitMs, undefined, { signal: wake.signal }).catch(() => undefined);
    }
  };
  const ended = Promise.resolve().then(turn);

  return {
    ring: () => {
      rung = true;
      wake.abort();
    },
    stop: () => {
      stopping.abort();
      wake.abort();
      return ended;
    },
  };
}

/** The loop, rung also by what `listen` listens to until the loop is stopped; `listen` gives what ends the listening. */
export function rungBy(loop: Loop, listen: (ring: () => void) => () => void): Loop {
  const stopListening = listen(() => loop.ring());
  return {
    ring: () => loop.ring(),
    stop: async () => {
      stopListening();
      await loop.stop();
    },
  };
}
