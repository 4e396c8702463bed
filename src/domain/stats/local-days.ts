import { clockAt, momentsOf } from '../schedules/zone.js';

const DAY_MS = 86_400_000;

/** A day by its name: YYYY-MM-DD. */
export type DayName = string;

/** From its first moment to that of the next day, which is not in it: 23, 24 or 25 hours, and other lengths where a zone is moved. */
export interface DayBounds {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The day so many days after another. */
export function dayAfter(day: DayName, days: number): DayName {
  return nameOf(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS);
}

/** Every day from one to another, both included. */
export function daysFromTo(first: DayName, last: DayName): DayName[] {
  const count = daysBetween(first, last);
  return Array.from({ length: Math.max(0, count + 1) }, (_, index) => dayAfter(first, index));
}

/** How many days one is after another. */
export function daysBetween(first: DayName, last: DayName): number {
  return Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY_MS);
}

export function boundsOf(zone: string, day: DayName): DayBounds {
  return { fromMs: beginOf(zone, day), untilMs: beginOf(zone, dayAfter(day, 1)) };
}

/** The day that a moment is in. A day begins when its name is first shown, also where the clock is then set back behind midnight. */
export function dayOf(zone: string, atMs: number): DayName {
  const shown = nameOf(clockAt(zone, atMs));
  const next = dayAfter(shown, 1);
  return beginOf(zone, next) <= atMs ? next : shown;
}

/** Its first midnight; where the clock leaves midnight out, the moment of the change. */
function beginOf(zone: string, day: DayName): number {
  const { at, moved } = momentsOf(zone, Date.parse(`${day}T00:00:00Z`));
  return at[0] ?? changeBefore(zone, moved ?? 0);
}

/** The clock jumped over midnight within the hours before: the first moment whose clock is not behind the jump. */
function changeBefore(zone: string, momentMs: number): number {
  const day = nameOf(clockAt(zone, momentMs));
  let before = momentMs - DAY_MS;
  let after = momentMs;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (nameOf(clockAt(zone, middle)) >= day) after = middle;
    else before = middle;
  }
  return after;
}

function nameOf(reading: number): DayName {
  return new Date(reading).toISOString().slice(0, 10);
}
