import type { CalendarSpec } from '@temporalio/client';
import { clockworkOf } from '../../domain/schedules/next-runs.js';
import { ticksAroundChanges } from '../../domain/schedules/ticks.js';
import type { ScheduleSettings } from '../../ports/schedules.js';

/** Times that Temporal rings at: each combination of the values. */
export interface Calendar {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  /** 1 is January. */
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
}

/** As many as do not weigh on a Temporal Schedule. */
const MAX_NAMED = 400;
const TWENTY_YEARS_MS = 20 * 365 * 86_400_000;
const EVERY_DAY = Array.from({ length: 31 }, (_, index) => index + 1);
const EVERY_WEEKDAY = [0, 1, 2, 3, 4, 5, 6];
const MONTHS = [
  ...(['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE', 'JULY'] as const),
  ...(['AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'] as const),
];
const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/**
 * The times of a schedule as Temporal takes them. Its calendars want all of their fields to match, so an expression that names both days
 * becomes two of them.
 */
export function calendarsOf(schedule: Pick<ScheduleSettings, 'cronExpression' | 'timezone'>): Calendar[] {
  const { minutes, hours, days, months, weekdays, isEitherDay } = clockworkOf(schedule).times;
  const time = { minutes, hours, months };
  if (!isEitherDay) return [{ ...time, days, weekdays }];
  return [
    { ...time, days, weekdays: EVERY_WEEKDAY },
    { ...time, days: EVERY_DAY, weekdays },
  ];
}

/**
 * The ticks around changes of the clock of this year and the next, in milliseconds since 1970. Temporal leaves out what the clock leaves out, and
 * where it is set back, much of what follows (server 1.31, tried by the tests): these rings are named one by one. None where they are too many: the
 * controller finds what was not rung for.
 */
export function namedRings(
  schedule: Pick<ScheduleSettings, 'cronExpression' | 'timezone'>,
  thisYear: number,
): number[] {
  const [from, to] = [Date.UTC(thisYear, 0, 1), Date.UTC(thisYear + 1, 11, 31)];
  const ticks = ticksAroundChanges(clockworkOf(schedule), from, to);
  return ticks.length > MAX_NAMED ? [] : ticks;
}

/** One moment, as an interval of twenty years: Temporal rings at no first one that lies ahead. */
export function toIntervalSpec(atMs: number): { every: number; offset: number } {
  return { every: TWENTY_YEARS_MS, offset: atMs % TWENTY_YEARS_MS };
}

export function toCalendarSpec({ minutes, hours, days, months, weekdays }: Calendar): CalendarSpec {
  return {
    minute: [...minutes],
    hour: [...hours],
    dayOfMonth: [...days],
    month: months.map((month) => MONTHS[month - 1]!),
    dayOfWeek: weekdays.map((day) => WEEKDAYS[day]!),
  };
}
