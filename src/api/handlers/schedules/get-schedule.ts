import type { getSchedule as operation } from '../../../contracts/schedule-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showSchedule } from './show-schedule.js';

export function getSchedule(deps: Pick<ApiDeps, 'projects' | 'schedules'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const project = await deps.projects.get(caller, params.project);
    return {
      status: 200,
      body: showSchedule(await deps.schedules.get(caller, project.id, params.schedule)),
    };
  };
}
