import type { CronTimes } from './cron.js';
import { clockAt, momentsOf, offsetAt } from './zone.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The longest way from one 29 February on a given weekday to the next. */
const FAR_DAYS = 41 * 366;

/** When a schedule runs: times of a cron expression on the clock of a zone. */
export interface Clockwork {
  readonly times: CronTimes;
  /** IANA name. */
  readonly timezone: string;
}

/**
 * The ticks of a schedule after a moment (milliseconds since 1970), in ascending order, without an end but for expressions that never
 * match. Where the clock is changed, chosen times of the day keep one tick a day: a time that the clock leaves out runs as long after the
 * change as it would have run without it, one that it shows twice runs at the first. Times with `*` as the hour go as the clock does:
 * nothing in the hour that is left out, and once in each of two.
 */
export function* ticksAfter(clockwork: Clockwork, afterMs: number): Generator<number> {
  const { times, timezone } = clockwork;
  const today = Math.floor(clockAt(timezone, afterMs) / DAY_MS);
  let waiting: number[] = [];
  for (let day = today - 1, empty = 0; empty < FAR_DAYS; day += 1, empty += 1) {
    if (isDay(times, day)) waiting.push(...ticksOfDay(clockwork, day).filter((tick) => tick > afterMs));
    if (waiting.length === 0) continue;
    // A tick that a change of the clock has moved may belong behind the first ones of the next day.
    const { at, moved } = momentsOf(timezone, (day + 1) * DAY_MS);
    const end = at[0] ?? moved ?? 0;
    const due = ascending(waiting.filter((tick) => tick < end));
    waiting = waiting.filter((tick) => tick >= end);
    yield* due;
    if (due.length > 0) empty = 0;
  }
}

export function nextTicks(clockwork: Clockwork, afterMs: number, count: number): number[] {
  const found: number[] = [];
  for (const tick of ticksAfter(clockwork, afterMs)) {
    found.push(tick);
    if (found.length === count) break;
  }
  return found;
}

/** The next tick after a moment; null for an expression that never matches, such as 30 February. */
export function nextTick(clockwork: Clockwork, afterMs: number): number | null {
  return nextTicks(clockwork, afterMs, 1)[0] ?? null;
}

/** The ticks from one moment to another, both included, at most `limit` of them. */
export function ticksBetween(clockwork: Clockwork, fromMs: number, toMs: number, limit: number): number[] {
  const found: number[] = [];
  for (const tick of ticksAfter(clockwork, fromMs - 1)) {
    if (tick > toMs || found.length === limit) break;
    found.push(tick);
  }
  return found;
}

/** Whether the schedule has a tick at this moment. */
export function isTick(clockwork: Clockwork, atMs: number): boolean {
  return nextTick(clockwork, atMs - 1) === atMs;
}

/** The ticks of the days around each change of the clock, between two days (as of UTC). */
export function ticksAroundChanges(clockwork: Clockwork, fromMs: number, toMs: number): number[] {
  const ticks: number[] = [];
  for (let day = Math.floor(fromMs / DAY_MS); day <= Math.floor(toMs / DAY_MS); day += 1) {
    const [before, after] = offsetsAround(clockwork.timezone, day);
    if (before !== after && isDay(clockwork.times, day)) ticks.push(...ticksOfDay(clockwork, day));
  }
  return ascending(ticks);
}

function ticksOfDay({ times, timezone }: Clockwork, day: number): number[] {
  const readings = readingsOf(times, day);
  const [before, after] = offsetsAround(timezone, day);
  if (before === after) return readings.map((reading) => reading - before);
  return readings.flatMap((reading) => {
    const { at, moved } = momentsOf(timezone, reading);
    if (times.followsClock) return at;
    return moved === null ? at.slice(0, 1) : [moved];
  });
}

/** Of the clock before and after all that can happen to it on a day. */
function offsetsAround(timezone: string, day: number): [number, number] {
  return [offsetAt(timezone, (day - 1) * DAY_MS), offsetAt(timezone, (day + 2) * DAY_MS)];
}

function ascending(ticks: readonly number[]): number[] {
  return [...new Set(ticks)].sort((a, b) => a - b);
}

function readingsOf({ hours, minutes }: CronTimes, day: number): number[] {
  return hours.flatMap((hour) => minutes.map((minute) => day * DAY_MS + (hour * 60 + minute) * MINUTE_MS));
}

/** `day`: days since 1970 as the clock of the zone counts them. */
function isDay({ days, months, weekdays, isEitherDay }: CronTimes, day: number): boolean {
  const date = new Date(day * DAY_MS);
  if (!months.includes(date.getUTCMonth() + 1)) return false;
  const [isInMonth, isInWeek] = [days.includes(date.getUTCDate()), weekdays.includes(date.getUTCDay())];
  return isEitherDay ? isInMonth || isInWeek : isInMonth && isInWeek;
}
