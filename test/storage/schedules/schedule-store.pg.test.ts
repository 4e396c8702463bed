import { BuildPreset } from '../../../src/contracts/preset.js';
import type { Schedule } from '../../../src/ports/schedules.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createScheduleClock } from '../../../src/storage/schedules/schedule-clock.js';
import { createScheduleStore } from '../../../src/storage/schedules/schedule-store.js';
import { aProject, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let tenant: TenantContext;
let projectId: string;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  tenant = await aTenant(db);
  projectId = (await aProject(db, tenant)).id;
});

const clock = () => createScheduleClock(db.controller);
const aSchedule = (name = 'hourly', ofProject = projectId): Promise<Schedule> =>
  createScheduleStore(db.api).create(tenant, ofProject, {
    ...{ name, cronExpression: '0 * * * *', timezone: 'UTC', jitterSeconds: 0, overlap: 'skip' },
    ...{ catchupWindowSeconds: 3600, gitUrl: 'https://git.example.com/app.git', gitBranch: 'main' },
    ...{ buildMethod: null, preset: BuildPreset.parse({}), isActive: true, pauseNote: null },
  });

it('refuses a second schedule of a name, also of two that come at once, and takes it after a removal', async () => {
  const both = await Promise.allSettled([aSchedule(), aSchedule()]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await createScheduleStore(db.api).remove(tenant, projectId, 'hourly');
  await expect(aSchedule()).resolves.toMatchObject({ name: 'hourly', lastTriggeredAt: null });
});

it('tries a revision that Temporal has refused no more, and the next one at once', async () => {
  const schedule = await aSchedule();
  const isUnsynced = async () => (await clock().unsynced(1000)).includes(schedule.id);
  await clock().noteTrouble(schedule.id, 'Temporal does not answer.', null);
  expect([await isUnsynced(), (await clock().find(schedule.id))!.trouble]).toEqual([
    true,
    'Temporal does not answer.',
  ]);
  await clock().noteTrouble(schedule.id, 'Temporal does not take it.', schedule.revision);
  expect([await isUnsynced(), (await clock().find(schedule.id))!.trouble]).toEqual([
    false,
    'Temporal does not take it.',
  ]);
  await createScheduleStore(db.api).change(
    tenant,
    projectId,
    'hourly',
    { timezone: 'Europe/Berlin' },
    () => undefined,
  );
  expect(await isUnsynced()).toBe(true);
  expect(await clock().synced(schedule.id, schedule.revision)).toBe(false);
  expect(await clock().synced(schedule.id, schedule.revision + 1)).toBe(true);
  expect((await clock().find(schedule.id))!.trouble).toBeNull();
});

it("neither finds nor changes another tenant's schedule, nor runs it for the wrong one", async () => {
  await aSchedule();
  const other = await aTenant(db);
  const store = createScheduleStore(db.api);
  await expect(store.get(other, projectId, 'hourly')).rejects.toMatchObject({ code: 'not_found' });
  await expect(store.remove(other, projectId, 'hourly')).rejects.toMatchObject({ code: 'not_found' });
  expect(await store.list(other, projectId)).toEqual([]);
  expect(await store.list(other, null)).toEqual([]);
});

it('lists those of a project by name, and those of all projects by project and name', async () => {
  const second = await aProject(db, tenant);
  await aSchedule('b');
  await aSchedule('c', second.id);
  await aSchedule('a');
  await aSchedule('gone', second.id);
  const store = createScheduleStore(db.api);
  await store.remove(tenant, second.id, 'gone');

  const all = await store.list(tenant, null);

  expect((await store.list(tenant, projectId)).map(({ name }) => name)).toEqual(['a', 'b']);
  const slugs = [...new Set(all.map(({ project }) => project))];
  expect(slugs).toEqual([...slugs].sort());
  expect(all.map(({ projectId: of, name }) => `${of} ${name}`).sort()).toEqual(
    [`${projectId} a`, `${projectId} b`, `${second.id} c`].sort(),
  );
});
