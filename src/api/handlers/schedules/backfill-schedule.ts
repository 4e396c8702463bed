import type { backfillSchedule as operation } from '../../../contracts/schedule-operations.js';
import { KilnError } from '../../../domain/errors.js';
import { clockworkOf } from '../../../domain/schedules/next-runs.js';
import { MAX_BACKFILL } from '../../../domain/schedules/schedule.js';
import { ticksBetween } from '../../../domain/schedules/ticks.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showTick } from './show-schedule.js';

export function backfillSchedule(
  deps: Pick<ApiDeps, 'projects' | 'schedules' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, body }) => {
    const project = await deps.projects.get(caller, params.project);
    const schedule = await deps.schedules.get(caller, project.id, params.schedule);
    const [from, to] = [Date.parse(body.from), Date.parse(body.to)];
    if (to > Date.now()) throw wrong('to', 'lies ahead: only times that have passed can be filled in');
    const times = ticksBetween(clockworkOf(schedule), from, to, MAX_BACKFILL + 1);
    if (times.length > MAX_BACKFILL)
      throw wrong(
        'to',
        `there are more than ${String(MAX_BACKFILL)} times in between: choose a shorter span`,
      );
    if (times.length === 0) throw wrong('from', 'the schedule has no time in between');
    const at = times.map((time) => new Date(time).toISOString());
    const ticks = await deps.schedules.backfill(caller, schedule.id, at);
    deps.events.scheduleChanged({ scheduleId: schedule.id, what: 'backfilled' });
    return { status: 202, body: { items: ticks.map(showTick) } };
  };
}

function wrong(field: string, message: string): KilnError {
  return new KilnError('invalid_request', { fields: [{ field, message }] });
}
