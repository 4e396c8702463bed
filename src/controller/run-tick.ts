import { acceptBuild } from '../acceptance/accept-build.js';
import type { AcceptanceDeps, StartDeps } from '../acceptance/deps.js';
import { scheduledBuild } from '../acceptance/scheduled-build.js';
import { startSoon } from '../acceptance/start-soon.js';
import { toKilnError } from '../domain/errors.js';
import type { ScheduleClock, TickOutput } from '../ports/schedules.js';
import type { BuildStore } from '../ports/stores.js';

/** `2026-05-05 00:30 UTC`: no time of a schedule has seconds. */
function minuteText(at: string): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/**
 * Runs the tick of a schedule: at most one build, however often it is asked for and wherever it is interrupted. The tick is opened under the
 * lock of its schedule; the build is accepted in the name of the tenant under a key of schedule and time. What refuses the build is the
 * tick's end, what cannot answer is raised and asked again.
 */
export function createRunTick(
  deps: {
    readonly clock: Pick<ScheduleClock, 'openTick' | 'started' | 'failed'>;
    readonly acceptance: AcceptanceDeps & { readonly builds: Pick<BuildStore, 'requestCancel'> };
  } & StartDeps,
): (scheduleId: string, at: string) => Promise<TickOutput> {
  return async (scheduleId, at) => {
    const opened = await deps.clock.openTick(scheduleId, at);
    if (opened.kind === 'foreign') return { status: 'foreign', buildId: null };
    if (opened.kind === 'settled') return { status: opened.status, buildId: opened.buildId };
    const { tickId, schedule, others } = opened;
    const tenant = { tenantId: schedule.tenantId, userId: null };
    try {
      const { build, created } = await acceptBuild(deps.acceptance, tenant, {
        project: schedule.projectId,
        ...scheduledBuild(schedule, minuteText(at)),
        idempotency: { key: `schedule:${scheduleId}:${at}`, request: [scheduleId, at] },
      });
      for (const other of others) {
        if (other !== build.id) await deps.acceptance.builds.requestCancel(tenant, other);
      }
      await deps.clock.started(tickId, build.id);
      if (created) startSoon(deps, tenant, build);
      return { status: 'started', buildId: build.id };
    } catch (thrown) {
      const error = toKilnError(thrown);
      if (error.code === 'unavailable') throw error;
      await deps.clock.failed(tickId, error.message);
      return { status: 'failed', buildId: null };
    }
  };
}
