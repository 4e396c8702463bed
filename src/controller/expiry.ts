import type { Dispatcher } from '../ports/dispatch.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

/** Ends leases that nobody renews, at the moment the next one is due (at the latest after `maxWaitMs`). */
export function startExpiry(deps: {
  readonly dispatcher: Dispatcher;
  readonly log: LoopLog;
  readonly maxWaitMs: number;
}): Loop {
  return startLoop('lease expiry', deps.log, async () => {
    const { nextLookMs } = await deps.dispatcher.expire();
    return Math.min(Math.max(nextLookMs, 50), deps.maxWaitMs);
  });
}
