import { toKilnError } from '../domain/errors.js';
import type { ScheduleBells, ScheduleClock } from '../ports/schedules.js';
import type { ChangeFeed } from '../ports/stores.js';
import { type Loop, type LoopLog, rungBy, startLoop } from './loop.js';

const BATCH = 100;
const LONGEST_WAIT_MS = 60_000;
/** Temporal does not answer: the rows wait. */
const AFTER_TROUBLE_MS = 2_000;

/** What was put right: a Temporal Schedule made as its row says, one removed that has none; and a time that has passed without a tick. */
export const SCHEDULE_REPAIRS = ['put', 'removed', 'missed'] as const;
export type ScheduleRepair = (typeof SCHEDULE_REPAIRS)[number];

export interface SchedulesDeps {
  readonly clock: ScheduleClock;
  readonly bells: ScheduleBells;
  readonly feed: Pick<ChangeFeed, 'onSchedules'>;
  readonly log: LoopLog & { warn(fields: Record<string, unknown>, text: string): void };
  /** How often every Temporal Schedule is compared with its row, and passed times with their ticks. */
  readonly compareEveryMs: number;
  readonly accountEveryMs: number;
  readonly repaired: (scheduleId: string, what: ScheduleRepair) => void;
}

/**
 * Keeps Temporal in step with the rows of schedules, and runs the ticks that the rows ask for. Changed rows at once; all of them when it
 * starts, and from time to time, since somebody may have changed a Temporal Schedule by hand, or a restored database is older than it.
 */
export function startSchedules(deps: SchedulesDeps): Loop {
  const { clock, bells } = deps;
  let [compareAtMs, accountAtMs] = [0, 0];
  const loop = startLoop('schedules', deps.log, async () => {
    try {
      const unsynced = await clock.unsynced(BATCH);
      for (const id of unsynced) await bringIntoStep(deps, id);
      if (Date.now() >= compareAtMs) {
        await compare(deps);
        compareAtMs = Date.now() + deps.compareEveryMs;
      }
      if (Date.now() >= accountAtMs) {
        for (const { scheduleId } of await clock.account()) deps.repaired(scheduleId, 'missed');
        accountAtMs = Date.now() + deps.accountEveryMs;
      }
      const due = await clock.takeDue(BATCH);
      for (const { scheduleId, at } of due) await bells.ring(scheduleId, at);
      const isMore = unsynced.length === BATCH || due.length === BATCH;
      return isMore ? 0 : Math.min(LONGEST_WAIT_MS, deps.compareEveryMs, deps.accountEveryMs);
    } catch (error) {
      if (toKilnError(error).code !== 'unavailable') throw error;
      return AFTER_TROUBLE_MS;
    }
  });
  return rungBy(loop, (ring) => deps.feed.onSchedules(ring));
}

/** Whoever writes to Temporal looks at the row again, so that the last of several writes the newest. */
async function bringIntoStep({ clock, bells }: SchedulesDeps, id: string): Promise<void> {
  for (;;) {
    const schedule = await clock.find(id);
    if (schedule === null) {
      await bells.remove(id);
      return clock.forget(id);
    }
    try {
      await bells.put(schedule);
    } catch (thrown) {
      const error = toKilnError(thrown);
      const isAway = error.code === 'unavailable';
      await clock.noteTrouble(id, error.message, isAway ? null : schedule.revision);
      if (isAway) throw error;
      return;
    }
    if (await clock.synced(id, schedule.revision)) return;
  }
}

async function compare(deps: SchedulesDeps): Promise<void> {
  const { clock, bells } = deps;
  const [rung, known] = [await bells.ids(), new Set(await clock.ids())];
  for (const id of rung) {
    // Asked again: it may have been made since the rows were read.
    if (known.has(id) || (await clock.find(id)) !== null) continue;
    await bells.remove(id);
    await clock.forget(id);
    deps.repaired(id, 'removed');
  }
  for (const id of known) {
    const schedule = await clock.find(id);
    if (schedule === null || (await bells.isInStep(schedule))) continue;
    await bringIntoStep(deps, id);
    deps.repaired(id, 'put');
  }
}
