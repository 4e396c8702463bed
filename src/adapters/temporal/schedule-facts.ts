import type { ScheduleDescription } from '@temporalio/client';
import type { Bell } from './schedule-bells.js';
import type { Calendar } from './schedule-calendars.js';

type Ranges = readonly { start?: number | null; end?: number | null; step?: number | null }[];

/** What Temporal says that it has, in the words of `wantedFacts`: both are equal where a Schedule is in step. */
export function describedFacts({ spec, policies, action, state, raw }: ScheduleDescription): unknown {
  const calendars = (raw.schedule?.spec?.structuredCalendar ?? []).map(
    (one): Calendar & { seconds: unknown } => ({
      seconds: valuesOf(one.second),
      minutes: valuesOf(one.minute),
      hours: valuesOf(one.hour),
      days: valuesOf(one.dayOfMonth),
      months: valuesOf(one.month),
      weekdays: valuesOf(one.dayOfWeek),
    }),
  );
  return {
    calendars: inOrder(calendars),
    years: (raw.schedule?.spec?.structuredCalendar ?? []).flatMap(({ year }) => year ?? []),
    rings: rings(spec.intervals ?? []),
    others: [spec.skip?.length ?? 0, spec.startAt ?? null, spec.endAt ?? null],
    timezone: spec.timezone ?? 'UTC',
    jitterMs: spec.jitter ?? 0,
    overlap: policies.overlap,
    catchupMs: policies.catchupWindow,
    pausesOnFailure: policies.pauseOnFailure,
    action: [action.workflowType, action.workflowId, action.taskQueue, action.args],
    state: [state.paused, state.note ?? null, state.remainingActions ?? null],
  };
}

/** The same of a Schedule as it is to be. */
export function wantedFacts({ options, calendars }: Bell): unknown {
  const { spec, policies, action, state } = options;
  return {
    calendars: inOrder(calendars.map((one) => ({ seconds: [0], ...one }))),
    years: [],
    rings: rings(spec.intervals),
    others: [0, null, null],
    timezone: spec.timezone,
    jitterMs: spec.jitter,
    overlap: policies?.overlap,
    catchupMs: policies?.catchupWindow,
    pausesOnFailure: policies?.pauseOnFailure,
    action: [action.workflowType, action.workflowId, action.taskQueue, action.args],
    state: [state?.paused, state?.note, null],
  };
}

function valuesOf(ranges: Ranges | null | undefined): number[] {
  const values = (ranges ?? []).flatMap(({ start, end, step }) => {
    const [from, by] = [start ?? 0, Math.max(1, step ?? 1)];
    const to = Math.max(from, end ?? 0);
    return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);
  });
  return [...new Set(values)].sort((a, b) => a - b);
}

function inOrder(calendars: readonly (Calendar & { seconds: unknown })[]): string[] {
  return calendars
    .map(({ seconds, minutes, hours, days, months, weekdays }) =>
      JSON.stringify([seconds, minutes, hours, days, months, weekdays]),
    )
    .sort();
}

function rings(intervals: readonly { readonly every: unknown; readonly offset?: unknown }[]): string[] {
  return intervals.map(({ every, offset }) => JSON.stringify([every, offset ?? 0])).sort();
}
