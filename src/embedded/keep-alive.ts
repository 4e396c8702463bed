import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningService } from './services/service.js';

/** A service that is started again whenever it ends by itself. */
export interface KeptService<S extends RunningService> {
  readonly name: string;
  /** The process that runs now. */
  current(): S;
  /** Ends it for good. A restart that is under way is awaited, then what it started is ended. */
  stop(): Promise<void>;
}

/** What happens to a kept service, for the log. */
export type KeepReport = (text: string) => void;

/** How long to wait before a restart: `firstMs`, then twice as long each time up to `longestMs`. */
export interface KeepPauses {
  readonly firstMs: number;
  readonly longestMs: number;
  /** A service that lived this long is taken as sound, and its next pause is the first again. */
  readonly soundAfterMs: number;
}

const PAUSES: KeepPauses = { firstMs: 100, longestMs: 5_000, soundAfterMs: 10_000 };

/** Starts a service and keeps it running: an end that nobody asked for is followed by a new start, with back-off. */
export async function keepAlive<S extends RunningService>(
  start: (previous: S | null) => Promise<S>,
  report: KeepReport,
  pauses: KeepPauses = PAUSES,
  wait: typeof sleep = sleep,
): Promise<KeptService<S>> {
  let current = await start(null);
  const stopping = new AbortController();
  const aborted = new Promise<null>((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve(null), { once: true }),
  );

  const watch = async (): Promise<void> => {
    let pauseMs = pauses.firstMs;
    let startedAt = Date.now();
    while (!stopping.signal.aborted) {
      const exit = await Promise.race([current.exited, aborted]);
      if (exit === null || stopping.signal.aborted) return;
      report(`${current.name} ended (${exit.signal ?? `code ${exit.code}`}); it is started again`);
      if (Date.now() - startedAt > pauses.soundAfterMs) pauseMs = pauses.firstMs;
      for (let isUp = false; !isUp && !stopping.signal.aborted;) {
        await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, pauses.longestMs);
        if (stopping.signal.aborted) return;
        startedAt = Date.now();
        isUp = await start(current).then(
          (next) => {
            current = next;
            return true;
          },
          (error: unknown) => {
            report(`${current.name} did not start: ${String(error)}`);
            return false;
          },
        );
      }
    }
  };
  const watching = watch();

  return {
    name: current.name,
    current: () => current,
    stop: async () => {
      stopping.abort();
      // A start that is under way ends first, for only then is there something to stop.
      await watching;
      await current.stop();
    },
  };
}
