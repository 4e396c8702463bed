import { acceptBuild } from '../../../acceptance/accept-build.js';
import { scheduledBuild } from '../../../acceptance/scheduled-build.js';
import type { runSchedule as operation } from '../../../contracts/schedule-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { noteAccepted } from '../builds/note-accepted.js';

/** The build is accepted here and now, so that whoever asks learns what is wrong with it. */
export function runSchedule(deps: ApiDeps): Handler<typeof operation> {
  return async ({ caller, params, headers, request }) => {
    const project = await deps.projects.get(caller, params.project);
    const schedule = await deps.schedules.get(caller, project.id, params.schedule);
    const key = headers['idempotency-key'];
    const { build, created } = await acceptBuild(deps, caller, {
      project: project.id,
      ...scheduledBuild(schedule, 'run by hand'),
      idempotency: key === undefined ? null : { key, request: `run of schedule ${schedule.id}` },
    });
    await deps.schedules.noteRunNow(caller, schedule.id, build.id);
    noteAccepted(deps, caller, { build, created, request });
    return {
      status: 202,
      headers: { location: `/v1/builds/${build.id}`, ...(created ? {} : { 'idempotency-replayed': 'true' }) },
      body: build,
    };
  };
}
