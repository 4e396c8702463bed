import type { removeSchedule as operation } from '../../../contracts/schedule-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function removeSchedule(
  deps: Pick<ApiDeps, 'projects' | 'schedules' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const project = await deps.projects.get(caller, params.project);
    const { id } = await deps.schedules.get(caller, project.id, params.schedule);
    await deps.schedules.remove(caller, project.id, id);
    deps.events.scheduleChanged({ scheduleId: id, what: 'removed' });
    return { status: 204 };
  };
}
