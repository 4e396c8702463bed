import type { listTicks as operation } from '../../../contracts/schedule-operations.js';
import { KEPT_TICKS } from '../../../domain/schedules/schedule.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showTick } from './show-schedule.js';

export function listTicks(deps: Pick<ApiDeps, 'projects' | 'schedules'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const project = await deps.projects.get(caller, params.project);
    const { id } = await deps.schedules.get(caller, project.id, params.schedule);
    const ticks = await deps.schedules.ticks(caller, id, KEPT_TICKS);
    return { status: 200, body: { items: ticks.map(showTick) } };
  };
}
