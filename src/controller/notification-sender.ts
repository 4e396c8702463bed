import { toKilnError } from '../domain/errors.js';
import { pauseAfterTry } from '../domain/notifications/retry-schedule.js';
import type {
  DueNotification,
  DueNotifications,
  Notifier,
  PutAside,
  SendResult,
} from '../ports/notifications.js';
import type { ChangeFeed } from '../ports/stores.js';
import { type Loop, type LoopLog, rungBy, startLoop } from './loop.js';

/** On their way at once: of all targets, of one, and of one that has failed last, which so delays nobody but itself. */
const AT_ONCE = 64;
const OF_ONE = 4;
const OF_FAILING = 1;
const KEPT_DAYS = 30;
const REMOVE_EVERY_MS = 60 * 60_000;

/** What came of a notification that was due. */
export type NotificationOutcome = 'delivered' | 'postponed' | 'dead' | 'superseded';

/**
 * Sends notifications: at once when PostgreSQL rings, a failed one when its time has come. Several controllers share them; what a killed one
 * had in hand is sent again under the same id when its claim is over.
 */
export function startNotificationSender(deps: {
  readonly notifications: DueNotifications;
  readonly notifier: Notifier;
  readonly feed: Pick<ChangeFeed, 'onNotifications'>;
  /** Stretches the pauses between tries; 1 for the schedule as it is. */
  readonly pauseFactor: number;
  readonly seen: (
    outcome: NotificationOutcome,
    of: Pick<DueNotification, 'id' | 'kind' | 'target'>,
    because: string | null,
  ) => void;
  readonly log: LoopLog;
}): Loop {
  const { notifications, feed, log } = deps;
  const stopping = new AbortController();
  const going = new Map<string, number>();
  const failing = new Set<string>();
  const sending = new Set<Promise<void>>();
  let removedAt = -Infinity;

  const count = (targetId: string, by: number): void => {
    const now = (going.get(targetId) ?? 0) + by;
    if (now > 0) going.set(targetId, now);
    else going.delete(targetId);
  };
  const begin = (one: DueNotification): void => {
    count(one.targetId, 1);
    const sent = sendOne(deps, one, stopping.signal)
      .then((isWell) => {
        if (isWell) failing.delete(one.targetId);
        else failing.add(one.targetId);
      })
      .catch((error: unknown) =>
        log.error({ err: error, notification: one.id }, 'a notification is sent again'),
      )
      .finally(() => {
        count(one.targetId, -1);
        sending.delete(sent);
        loop.ring();
      });
    sending.add(sent);
  };
  const loop = startLoop('notification sender', log, async () => {
    const free = AT_ONCE - sending.size;
    // Each that ends rings.
    if (free <= 0) return REMOVE_EVERY_MS;
    const most = new Map(
      [...new Set([...going.keys(), ...failing])].map((id) => [
        id,
        Math.max(0, (failing.has(id) ? OF_FAILING : OF_ONE) - (going.get(id) ?? 0)),
      ]),
    );
    const { taken, aside } = await notifications.take(free, OF_ONE, most);
    for (const one of taken) begin(one);
    for (const one of aside) seenAside(deps, one);
    if (taken.length + aside.length > 0) return 0;
    if (performance.now() - removedAt >= REMOVE_EVERY_MS) {
      removedAt = performance.now();
      while ((await notifications.removeOld(KEPT_DAYS)) > 0);
    }
    return notifications.nextLookMs([...most].flatMap(([id, left]) => (left === 0 ? [id] : [])));
  });
  const rung = rungBy(loop, (ring) => feed.onNotifications(ring));
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

/** Whether the receiver did what it should. One whose outcome cannot be stored is sent again when its claim is over. */
async function sendOne(
  deps: Parameters<typeof startNotificationSender>[0],
  one: DueNotification,
  signal: AbortSignal,
): Promise<boolean> {
  const { notifications, notifier, seen } = deps;
  let result: SendResult;
  try {
    result = await notifier.send(one, await notifications.secretOf(one), signal);
  } catch (error) {
    // Whether it arrived is not known: the next controller sends it at once.
    if (signal.aborted) {
      await notifications.failed(one, { because: 'Kiln was stopped meanwhile.', responseStatus: null }, 0);
      return true;
    }
    const { code, message, fix } = toKilnError(error);
    const because = `${message} ${fix}`;
    result = { what: 'failed', because, responseStatus: null, askedPauseMs: null };
    if (code === 'unavailable') throw error;
  }
  if (result.what === 'delivered') {
    await notifications.delivered(one, result.responseStatus);
    seen('delivered', one, null);
    return true;
  }
  const { responseStatus, askedPauseMs, because } = result;
  const given = { factor: deps.pauseFactor, random: Math.random(), askedMs: askedPauseMs };
  // A test is for somebody who waits.
  const pauseMs = one.eventType === 'test' ? null : pauseAfterTry(one.attempts, given);
  if (result.what === 'gone') await notifications.gone(one, { because, responseStatus });
  else if (result.what === 'failed' && pauseMs !== null)
    await notifications.failed(one, { because, responseStatus }, pauseMs);
  else {
    const tries = result.what === 'failed' ? ` It was tried ${one.attempts} times.` : '';
    await notifications.dead(one, {
      because: because + (one.eventType === 'test' ? '' : tries),
      responseStatus,
    });
  }
  seen(result.what === 'failed' && pauseMs !== null ? 'postponed' : 'dead', one, because);
  return false;
}

function seenAside(
  { seen }: Pick<Parameters<typeof startNotificationSender>[0], 'seen'>,
  { state, because, ...one }: PutAside,
): void {
  seen(state, one, because);
}
