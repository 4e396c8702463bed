import type { RollUp } from '../ports/stats.js';
import { type Loop, type LoopLog, startLoop } from './loop.js';

/** Changes that are spread over their days at once. */
const BATCH = 5_000;
/** Where nothing rings; the feed rings for each build that is accepted or ends. */
const LOOK_EVERY_MS = 60_000;

/**
 * Counts the days again on which builds have changed. It rests so long after each round that a busy day is counted once for many builds.
 */
export function startRollUp(deps: {
  readonly rollUp: RollUp;
  readonly onQueue: (ring: () => void) => () => void;
  readonly restMs: number;
  readonly log: LoopLog;
}): Loop {
  const stopping = new AbortController();
  const loop = startLoop('statistics', deps.log, async () => {
    while ((await deps.rollUp.spreadChanges(BATCH)) === BATCH);
    while (!stopping.signal.aborted && (await deps.rollUp.countNextDay()) !== null);
    return LOOK_EVERY_MS;
  });
  let rest: NodeJS.Timeout | undefined;
  const unsubscribe = deps.onQueue(() => {
    rest ??= setTimeout(() => {
      rest = undefined;
      loop.ring();
    }, deps.restMs);
  });
  return {
    ring: loop.ring,
    stop: () => {
      stopping.abort();
      unsubscribe();
      clearTimeout(rest);
      return loop.stop();
    },
  };
}
