import { dayAfter, type DayName, daysBetween } from './local-days.js';

/** What trends are told by. Weeks are those of ISO 8601, Monday to Sunday. */
export const PERIOD_KINDS = ['day', 'week', 'month'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** Both days are in it. */
export interface DayRange {
  readonly from: DayName;
  readonly until: DayName;
}

/** The longest range that is counted at once: a year, and what rounds it up to whole months. */
export const MOST_DAYS = 400;

const DEFAULT_PERIODS: Readonly<Record<PeriodKind, number>> = { day: 30, week: 12, month: 12 };

/** The period that a day is in. */
export function periodOf(kind: PeriodKind, day: DayName): DayRange {
  if (kind === 'day') return { from: day, until: day };
  if (kind === 'week') {
    const monday = dayAfter(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
    return { from: monday, until: dayAfter(monday, 6) };
  }
  const from = `${day.slice(0, 7)}-01`;
  const next = `${dayAfter(from, 31).slice(0, 7)}-01`;
  return { from, until: dayAfter(next, -1) };
}

/** The whole periods that a range touches, in order. */
export function periodsIn(kind: PeriodKind, range: DayRange): DayRange[] {
  const periods: DayRange[] = [];
  for (let day = range.from; day <= range.until; day = dayAfter(periods.at(-1)?.until ?? day, 1))
    periods.push(periodOf(kind, day));
  return periods;
}

/** What is shown when nobody says from when: 30 days, 12 weeks, 12 months, the one of `last` among them. */
export function usualRange(kind: PeriodKind, last: DayName): DayRange {
  let { from } = periodOf(kind, last);
  for (let count = 1; count < DEFAULT_PERIODS[kind]; count += 1)
    ({ from } = periodOf(kind, dayAfter(from, -1)));
  return { from, until: last };
}

/** Why a range cannot be counted, by the field; null where it can. */
export function rangeTrouble({ from, until }: DayRange): { field: 'from' | 'until'; message: string } | null {
  if (until < from) return { field: 'until', message: `comes before from (${from})` };
  const days = daysBetween(from, until) + 1;
  if (days <= MOST_DAYS) return null;
  return {
    field: 'from',
    message: `expected at most ${String(MOST_DAYS)} days up to until (${until}), got ${String(days)}`,
  };
}
