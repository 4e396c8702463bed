import { KilnError } from '../../../src/domain/errors.js';
import type { Schedule, ScheduleStore } from '../../../src/ports/schedules.js';
import { BUILD_ID, PROJECT_ID, TENANT } from './records.js';

/** Schedules in memory; the project has one, `nightly`, unless it is removed. */
export function fakeSchedules(): ScheduleStore {
  const schedules = new Map<string, Schedule>([['nightly', NIGHTLY]]);
  const find = (tenantId: string, name: string): Schedule => {
    const found = tenantId === TENANT.tenantId ? schedules.get(name) : undefined;
    if (found === undefined) throw new KilnError('not_found', { message: 'There is no such schedule.' });
    return found;
  };
  return {
    create: async (_tenant, projectId, settings) => {
      if (schedules.has(settings.name)) throw new KilnError('conflict');
      const schedule = { ...NIGHTLY, ...settings, projectId };
      schedules.set(settings.name, schedule);
      return schedule;
    },
    list: async () => [...schedules.values()],
    get: async ({ tenantId }, _projectId, name) => find(tenantId, name === NIGHTLY.id ? NIGHTLY.name : name),
    change: async ({ tenantId }, _projectId, name, change, judge) => {
      const changed = { ...find(tenantId, name), ...change } as Schedule;
      judge(changed);
      schedules.set(name, changed);
      return changed;
    },
    remove: async () => undefined,
    ticks: async () => [
      {
        ...{ id: BUILD_ID, scheduledAt: '2026-03-29T01:30:00.000Z', kind: 'clock', status: 'skipped' },
        ...{ buildId: null, buildNumber: null, reason: 'a build of this schedule still ran: #3' },
      },
    ],
    noteRunNow: async () => undefined,
    backfill: async (_tenant, _scheduleId, at) =>
      at.map((scheduledAt) => ({
        ...{ id: BUILD_ID, scheduledAt, kind: 'backfill', status: 'due' },
        ...{ buildId: null, buildNumber: null, reason: null },
      })),
  };
}

const NIGHTLY: Schedule = {
  id: '0199a6f0-9999-7000-8000-000000000001',
  tenantId: TENANT.tenantId,
  projectId: PROJECT_ID,
  project: 'hello',
  name: 'nightly',
  cronExpression: '30 2 * * *',
  timezone: 'Europe/Berlin',
  jitterSeconds: 0,
  overlap: 'skip',
  catchupWindowSeconds: 43_200,
  gitUrl: 'https://git.example.com/team/app.git',
  gitBranch: 'main',
  buildMethod: null,
  preset: { options: {}, destinations: [], priority: 0 },
  isActive: true,
  pauseNote: null,
  lastTriggeredAt: null,
  trouble: null,
  revision: 1,
  createdAt: '2026-03-01T00:00:00.000Z',
  updatedAt: '2026-03-01T00:00:00.000Z',
};
