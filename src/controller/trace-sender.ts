import { KilnError } from '../domain/errors.js';
import { spansOfBuild } from '../domain/traces/spans-of-build.js';
import { MOST_TRIES, pauseAfterTry } from '../domain/traces/retry-pauses.js';
import type { OwedTrace, OwedTraces, TraceReceiver } from '../ports/traces.js';
import type { ChangeFeed } from '../ports/stores.js';
import { type Loop, type LoopLog, rungBy, startLoop } from './loop.js';

/** On their way at once. */
const AT_ONCE = 4;
/** Older ones tell nobody anything: a receiver that is too slow for its builds is not sent all of them. */
const KEPT_MS = 24 * 60 * 60_000;
/** Where nothing rings; the feed rings for each build that ends. */
const LOOK_EVERY_MS = 60_000;

/** What came of a trace that was due. */
export const TRACE_OUTCOMES = ['sent', 'postponed', 'dropped'] as const;
export type TraceOutcome = (typeof TRACE_OUTCOMES)[number];

/**
 * Sends the traces of builds that have ended, each made from the record whenever it is sent: whoever does it again, after a kill or where it
 * is not known whether it arrived, sends the same ids. Several controllers share them.
 */
export function startTraceSender(deps: {
  readonly traces: OwedTraces;
  readonly receiver: TraceReceiver;
  readonly feed: Pick<ChangeFeed, 'onQueue'>;
  readonly sha256: (text: string) => string;
  /** Stretches the pauses between tries; 1 for the schedule as it is. */
  readonly pauseFactor: number;
  readonly seen: (outcome: TraceOutcome, buildId: string, error: unknown) => void;
  readonly log: LoopLog;
}): Loop {
  const { traces, log } = deps;
  const stopping = new AbortController();
  const sending = new Set<Promise<void>>();
  let isWanted = false;

  const begin = (one: OwedTrace): void => {
    const sent = sendOne(deps, one, stopping.signal)
      .catch((error: unknown) => log.error({ err: error, build_id: one.buildId }, 'a trace is sent again'))
      .finally(() => {
        sending.delete(sent);
        loop.ring();
      });
    sending.add(sent);
  };
  const loop = startLoop('trace sender', log, async () => {
    if (!isWanted) await traces.want(true);
    isWanted = true;
    const free = AT_ONCE - sending.size;
    // Each that ends rings.
    if (free === 0) return LOOK_EVERY_MS;
    const taken = await traces.take(free);
    for (const one of taken) begin(one);
    return taken.length > 0 ? 0 : traces.nextLookMs();
  });
  const rung = rungBy(loop, (ring) => deps.feed.onQueue(ring));
  return {
    ring: rung.ring,
    stop: async () => {
      // First, so that no round takes again what is given back.
      await rung.stop();
      stopping.abort();
      await Promise.allSettled(sending);
    },
  };
}

/** Has no traces owed, and forgets those that were. */
export function startWithoutTraces(deps: {
  readonly traces: Pick<OwedTraces, 'want'>;
  readonly forgotten: (traces: number) => void;
  readonly log: LoopLog;
}): Loop {
  return startLoop('no traces', deps.log, async () => {
    const forgotten = await deps.traces.want(false);
    if (forgotten > 0) deps.forgotten(forgotten);
    return KEPT_MS;
  });
}

async function sendOne(
  { traces, receiver, sha256, pauseFactor, seen }: Parameters<typeof startTraceSender>[0],
  one: OwedTrace,
  stopping: AbortSignal,
): Promise<void> {
  // What came of the last try is not known.
  if (one.tries > MOST_TRIES || one.ageMs > KEPT_MS) {
    await traces.settle(one);
    seen('dropped', one.buildId, null);
    return;
  }
  const spans = spansOfBuild(await traces.recordOf(one.buildId), sha256);
  try {
    await unlessStopped(receiver.send(spans), stopping);
  } catch (error) {
    const pauseMs = stopping.aborted ? 0 : pauseAfterTry(one.tries);
    if (pauseMs === null) await traces.settle(one);
    else await traces.postpone(one, pauseMs * pauseFactor);
    seen(pauseMs === null ? 'dropped' : 'postponed', one.buildId, error);
    return;
  }
  await traces.settle(one);
  seen('sent', one.buildId, null);
}

/** The same, but rejected as soon as Kiln is stopped. */
function unlessStopped(work: Promise<void>, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (): void =>
      reject(new KilnError('unavailable', { message: 'Kiln was stopped meanwhile.' }));
    if (stopping.aborted) refuse();
    stopping.addEventListener('abort', refuse, { once: true });
    work.then(resolve, reject).finally(() => stopping.removeEventListener('abort', refuse));
  });
}
