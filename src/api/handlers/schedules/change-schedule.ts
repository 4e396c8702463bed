import type { changeSchedule as operation } from '../../../contracts/schedule-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { judgeSchedule, settingsOf, showSchedule } from './show-schedule.js';

export function changeSchedule(
  deps: Pick<ApiDeps, 'projects' | 'schedules' | 'checkGitUrl' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, body }) => {
    const project = await deps.projects.get(caller, params.project);
    const schedule = await deps.schedules.change(
      caller,
      project.id,
      params.schedule,
      settingsOf(body),
      (settings) => judgeSchedule(deps, settings),
    );
    deps.events.scheduleChanged({ scheduleId: schedule.id, what: 'changed' });
    return { status: 200, body: showSchedule(schedule) };
  };
}
