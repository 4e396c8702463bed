import type * as operations from '../../../contracts/schedule-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showSchedule } from './show-schedule.js';

export function listAllSchedules(
  deps: Pick<ApiDeps, 'schedules'>,
): Handler<typeof operations.listAllSchedules> {
  return async ({ caller }) => {
    const schedules = await deps.schedules.list(caller, null);
    return { status: 200, body: { items: schedules.map(showSchedule) } };
  };
}

export function listSchedules(
  deps: Pick<ApiDeps, 'projects' | 'schedules'>,
): Handler<typeof operations.listSchedules> {
  return async ({ caller, params }) => {
    const project = await deps.projects.get(caller, params.project);
    const schedules = await deps.schedules.list(caller, project.id);
    return { status: 200, body: { items: schedules.map(showSchedule) } };
  };
}
