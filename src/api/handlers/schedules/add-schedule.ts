import type { addSchedule as operation } from '../../../contracts/schedule-operations.js';
import type { ScheduleSettings } from '../../../ports/schedules.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { judgeSchedule, settingsOf, showSchedule } from './show-schedule.js';

export function addSchedule(
  deps: Pick<ApiDeps, 'projects' | 'schedules' | 'checkGitUrl' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, body }) => {
    const project = await deps.projects.get(caller, params.project);
    const settings = settingsOf(body) as ScheduleSettings;
    judgeSchedule(deps, settings);
    const schedule = await deps.schedules.create(caller, project.id, settings);
    deps.events.scheduleChanged({ scheduleId: schedule.id, what: 'added' });
    return {
      status: 201,
      headers: { location: `/v1/projects/${project.slug}/schedules/${schedule.name}` },
      body: showSchedule(schedule),
    };
  };
}
