import { type KilnError, toKilnError } from '../domain/errors.js';
import { LONGEST_PAUSE_MS, pauseAfter } from '../domain/webhooks/delivery-status.js';
import type { ChangeFeed } from '../ports/stores.js';
import type { DueDeliveries, DueDelivery } from '../ports/webhooks.js';
import { type Loop, type LoopLog, rungBy, startLoop } from './loop.js';

/** Taken at once, and worked at one after the other: bursts wait here, and not in PostgreSQL. */
const BATCH = 20;
const AT_ONCE = 2;
const KEPT_DAYS = 30;
const REMOVE_EVERY_MS = 60 * 60_000;

/** What came of a delivery. */
export type DeliveryOutcome = 'started' | 'failed' | 'postponed' | 'coalesced';

/**
 * Makes builds of the deliveries that wait for it: at once when PostgreSQL rings, after a second where it cannot ring. What a killed
 * controller had in hand is taken again when its time is over, and gives the same build.
 */
export function startWebhookRelay(deps: {
  readonly deliveries: DueDeliveries;
  readonly feed: Pick<ChangeFeed, 'onDeliveries'>;
  /** Accepts the build of a delivery, once; gives its id. */
  readonly start: (delivery: DueDelivery) => Promise<string>;
  readonly seen: (outcome: DeliveryOutcome, delivery: DueDelivery, error: KilnError | null) => void;
  readonly log: LoopLog;
}): Loop {
  const { deliveries, feed, log } = deps;
  let removedAt = -Infinity;
  const loop = startLoop('webhook relay', log, async () => {
    const taken = await deliveries.take(BATCH);
    const left = [...taken];
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await tryOne(deps, next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (taken.length > 0) return 0;
    if (performance.now() - removedAt >= REMOVE_EVERY_MS) {
      removedAt = performance.now();
      while ((await deliveries.removeOld(KEPT_DAYS)) > 0);
    }
    return deliveries.nextLookMs();
  });
  return rungBy(loop, (ring) => feed.onDeliveries(ring));
}

async function tryOne(deps: Parameters<typeof startWebhookRelay>[0], delivery: DueDelivery): Promise<void> {
  const { deliveries, start, seen } = deps;
  if (delivery.twin !== null) return joinTwin(deps, delivery, delivery.twin);
  try {
    await deliveries.started(delivery, await start(delivery));
    seen('started', delivery, null);
  } catch (error) {
    const trouble = toKilnError(error);
    const pauseMs = trouble.rule.retryable ? pauseAfter(delivery.attemptNumber) : null;
    const text = `${trouble.message} ${trouble.fix}`.slice(0, 4000);
    if (pauseMs === null) await deliveries.failed(delivery, text);
    else await deliveries.postpone(delivery, text, pauseMs);
    seen(pauseMs === null ? 'failed' : 'postponed', delivery, trouble);
  }
}

/** A push that was found and told of is built once. Where the other one is under way, its end says whether this one is needed. */
async function joinTwin(
  { deliveries, seen }: Pick<Parameters<typeof startWebhookRelay>[0], 'deliveries' | 'seen'>,
  delivery: DueDelivery,
  twin: NonNullable<DueDelivery['twin']>,
): Promise<void> {
  if (twin.isBuilt) {
    const reason = delivery.isMissedPush
      ? `delivery ${twin.id} has told of the ref after all`
      : `already built by reconciliation: ${twin.id}`;
    await deliveries.joined(delivery, twin.id, reason);
    return seen('coalesced', delivery, null);
  }
  const pauseMs = pauseAfter(delivery.attemptNumber) ?? LONGEST_PAUSE_MS;
  await deliveries.postpone(delivery, `It waits for ${twin.id}, which has found the same push.`, pauseMs);
  seen('postponed', delivery, null);
}
