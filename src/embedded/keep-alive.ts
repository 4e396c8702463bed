import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningService } from './services/service.js';

/** A service that is started again whenever it ends by itself. */
export interface KeptService<S extends RunningService> {
  readonly name: string;
  /** The process that runs now. */
  current(): S;
  stop(): Promise<void>;
}

/** What happens to a kept service, for the log. */
export type KeepReport = (text: string) => void;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A service that lived this long is taken as sound, and its next restart is immediate again. */
const SOUND_AFTER_MS = 10_000;

/** Starts a service and keeps it running: an end that nobody asked for is followed by a new start, with back-off. */
export async function keepAlive<S extends RunningService>(
  start: (previous: S | null) => Promise<S>,
  report: KeepReport,
): Promise<KeptService<S>> {
  let current = await start(null);
  const stopping = new AbortController();

  const watch = async (): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    let startedAt = Date.now();
    while (!stopping.signal.aborted) {
      const exit = await current.exited;
      if (stopping.signal.aborted) return;
      report(`${current.name} ended (${exit.signal ?? `code ${exit.code}`}); it is started again`);
      if (Date.now() - startedAt > SOUND_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      for (let isUp = false; !isUp && !stopping.signal.aborted;) {
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
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
      await current.stop();
      await watching;
    },
  };
}
