import type { CalendarSpec } from '@temporalio/client';
import { clockworkOf } from '../../domain/schedules/next-runs.js';
import { movedTicks } from '../../domain/schedules/ticks.js';
import { clockAt } from '../../domain/schedules/zone.js';
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
  /** Null for every year. */
  readonly year: number | null;
}

const EVERY_DAY = Array.from({ length: 31 }, (_, index) => index + 1);
const EVERY_WEEKDAY = [0, 1, 2, 3, 4, 5, 6];
const MONTHS = [
  ...(['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE', 'JULY'] as const),
  ...(['AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'] as const),
];
const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/**
 * The times of a schedule as Temporal takes them. Its calendars want all of their fields to match, so an expression that names both days
 * becomes two of them. Temporal leaves out what the clock leaves out: such times of this year and the next are named by themselves, as
 * they are after the change; a time that the clock shows twice rings twice, and the second is no tick.
 */
export function calendarsOf(
  schedule: Pick<ScheduleSettings, 'cronExpression' | 'timezone'>,
  thisYear: number,
): Calendar[] {
  const clockwork = clockworkOf(schedule);
  const { minutes, hours, days, months, weekdays, isEitherDay } = clockwork.times;
  const time = { minutes, hours, months, year: null };
  const regular = isEitherDay
    ? [
        { ...time, days, weekdays: EVERY_WEEKDAY },
        { ...time, days: EVERY_DAY, weekdays },
      ]
    : [{ ...time, days, weekdays }];
  const moved = movedTicks(clockwork, Date.UTC(thisYear, 0, 1), Date.UTC(thisYear + 1, 11, 31));
  return [...regular, ...moved.map((tick) => momentOf(clockAt(schedule.timezone, tick)))];
}

function momentOf(reading: number): Calendar {
  const date = new Date(reading);
  return {
    ...{ minutes: [date.getUTCMinutes()], hours: [date.getUTCHours()], days: [date.getUTCDate()] },
    ...{ months: [date.getUTCMonth() + 1], weekdays: EVERY_WEEKDAY, year: date.getUTCFullYear() },
  };
}

export function toCalendarSpec({ minutes, hours, days, months, weekdays, year }: Calendar): CalendarSpec {
  return {
    minute: [...minutes],
    hour: [...hours],
    dayOfMonth: [...days],
    month: months.map((month) => MONTHS[month - 1]!),
    dayOfWeek: weekdays.map((day) => WEEKDAYS[day]!),
    ...(year === null ? {} : { year }),
  };
}
