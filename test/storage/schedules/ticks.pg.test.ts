import { sql } from 'kysely';
import { createRunTick } from '../../../src/controller/run-tick.js';
import { BuildPreset } from '../../../src/contracts/preset.js';
import type { Schedule, ScheduleSettings, Tick } from '../../../src/ports/schedules.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { type Database, openDatabase } from '../../../src/storage/database.js';
import { createScheduleClock } from '../../../src/storage/schedules/schedule-clock.js';
import { createScheduleStore } from '../../../src/storage/schedules/schedule-store.js';
import { acceptanceOn } from '../../support/acceptance.js';
import { aProject, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let db: FreshDatabase;
let acting: Database;
let tenant: TenantContext;
let projectId: string;
let acceptance: ReturnType<typeof acceptanceOn>;
let runTick: ReturnType<typeof createRunTick>;
let started: string[];
/** The hour that has begun: a tick of `0 * * * *`. */
let hour: number;

beforeAll(async () => {
  db = await freshDatabase();
  acting = openDatabase({ url: db.urls.controller, role: 'kiln_api' });
  acceptance = acceptanceOn(acting);
});
afterAll(async () => {
  await acting.destroy();
  await db.close();
});
beforeEach(async () => {
  tenant = await aTenant(db);
  projectId = (await aProject(db, tenant)).id;
  started = [];
  hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  runTick = createRunTick({
    clock: clock(),
    acceptance,
    workflows: { start: async ({ buildId }) => void started.push(buildId) },
    events: { buildStartDeferred: () => undefined },
  });
});

const clock = () => createScheduleClock(db.controller, { rungAfterMs: 0 });
const iso = (ms: number) => new Date(ms).toISOString();

async function aSchedule(over: Partial<ScheduleSettings> = {}): Promise<Schedule> {
  const schedule = await createScheduleStore(db.api).create(tenant, projectId, {
    ...{ name: 'hourly', cronExpression: '0 * * * *', timezone: 'UTC', jitterSeconds: 0, overlap: 'skip' },
    ...{ catchupWindowSeconds: 12 * 3600, gitUrl: 'https://git.example.com/app.git', gitBranch: 'main' },
    ...{ buildMethod: null, preset: BuildPreset.parse({}), isActive: true, pauseNote: null },
    ...over,
  });
  // It has been there for a while.
  await sql`UPDATE build_schedules SET next_trigger_at = ${new Date(hour)} WHERE id = ${schedule.id}`.execute(
    db.admin,
  );
  return schedule;
}

/** Those of other tests are left where they are. */
const dueOf = async (schedule: Schedule): Promise<string[]> =>
  (await clock().takeDue(1000)).flatMap(({ scheduleId, at }) => (scheduleId === schedule.id ? [at] : []));
const ticks = async (schedule: Schedule): Promise<Tick[]> =>
  (await createScheduleStore(db.api).ticks(tenant, schedule.id, 100)).reverse();
const builds = async () =>
  (
    await createBuildStore(db.api).list(tenant, {
      projectId,
      status: null,
      ...{ gateStatus: null, branch: null, method: null, commit: null },
      number: null,
      limit: 100,
      cursor: null,
    })
  ).items;
const end = (buildId: string) =>
  createRecorder(db.controller).record(buildId, null, { kind: 'queue_timeout' });

it('makes one build of a tick, however often and from wherever it is asked for', async () => {
  const schedule = await aSchedule();

  const outcomes = await Promise.all(Array.from({ length: 8 }, () => runTick(schedule.id, iso(hour))));

  const made = await builds();
  expect(made).toHaveLength(1);
  expect(new Set(outcomes.map(({ buildId }) => buildId))).toEqual(new Set([made[0]!.id]));
  expect(made[0]).toMatchObject({
    trigger_type: 'schedule',
    trigger_source: expect.stringMatching(/^schedule hourly, \d{4}-\d\d-\d\d \d\d:\d\d UTC$/) as string,
  });
  expect(started).toEqual([made[0]!.id]);
  expect(await ticks(schedule)).toMatchObject([{ status: 'started', kind: 'clock', buildId: made[0]!.id }]);
});

it('goes on with a tick whose controller was killed between the acceptance and its note', async () => {
  const schedule = await aSchedule();
  const cut = createRunTick({
    clock: {
      ...clock(),
      started: () => Promise.reject(new Error('killed')),
      failed: () => Promise.reject(new Error('killed')),
    },
    acceptance,
    workflows: { start: async () => undefined },
    events: { buildStartDeferred: () => undefined },
  });
  await expect(cut(schedule.id, iso(hour))).rejects.toThrow('killed');
  expect(await ticks(schedule)).toMatchObject([{ status: 'starting', buildId: null }]);

  const outcome = await runTick(schedule.id, iso(hour));

  const made = await builds();
  expect(made.map(({ id }) => id)).toEqual([outcome.buildId]);
  expect(await ticks(schedule)).toMatchObject([{ status: 'started', buildId: made[0]!.id }]);
});

it('runs nothing for a time that is none of the schedule, for a paused and for a removed one', async () => {
  const schedule = await aSchedule();
  const store = createScheduleStore(db.api);
  const foreign = await runTick(schedule.id, iso(hour + MINUTE_MS));
  await store.change(tenant, projectId, 'hourly', { isActive: false, pauseNote: 'moving' }, () => undefined);
  const paused = await runTick(schedule.id, iso(hour));
  await store.remove(tenant, projectId, 'hourly');
  const removed = await runTick(schedule.id, iso(hour));

  expect([foreign, paused, removed].map(({ status }) => status)).toEqual(['foreign', 'foreign', 'foreign']);
  expect(await builds()).toEqual([]);
});

it('skips a tick that comes after its catch-up window, and says so', async () => {
  const schedule = await aSchedule({ catchupWindowSeconds: 3600 });
  expect(await runTick(schedule.id, iso(hour - 2 * HOUR_MS))).toMatchObject({ status: 'skipped' });
  expect(await ticks(schedule)).toMatchObject([
    { status: 'skipped', reason: expect.stringContaining('catch-up window of 1h') as unknown },
  ]);
});

it.each([
  ['skip', ['started', 'skipped'], 1],
  ['buffer_one', ['started', 'buffered'], 1],
  ['allow_all', ['started', 'started'], 2],
  ['cancel_other', ['started', 'started'], 2],
] as const)(
  'with %s a tick that finds a build of its schedule is treated so',
  async (overlap, statuses, count) => {
    const schedule = await aSchedule({ overlap });
    await runTick(schedule.id, iso(hour - HOUR_MS));
    await runTick(schedule.id, iso(hour));

    expect((await ticks(schedule)).map(({ status }) => status)).toEqual(statuses);
    const made = (await builds()).reverse();
    expect(made).toHaveLength(count);
    expect(made[0]!.cancel_requested_at !== null).toBe(overlap === 'cancel_other');
  },
);

it('makes one build of two ticks at once where they may not overlap', async () => {
  const schedule = await aSchedule();
  await Promise.all([1, 2, 3].map((back) => runTick(schedule.id, iso(hour - back * HOUR_MS))));
  expect(await builds()).toHaveLength(1);
  expect((await ticks(schedule)).filter(({ status }) => status === 'skipped')).toHaveLength(2);
});

it('lets one tick wait for the build before it, and the next ones not', async () => {
  const schedule = await aSchedule({ overlap: 'buffer_one' });
  const first = await runTick(schedule.id, iso(hour - 2 * HOUR_MS));
  await runTick(schedule.id, iso(hour - HOUR_MS));
  await runTick(schedule.id, iso(hour));
  expect(await ticks(schedule)).toMatchObject([
    { status: 'started' },
    { status: 'buffered', reason: 'waits for #1' },
    { status: 'skipped', reason: 'a tick of this schedule waited already for #1' },
  ]);
  expect(await dueOf(schedule)).toEqual([]);

  await end(first.buildId!);

  expect(await dueOf(schedule)).toEqual([iso(hour - HOUR_MS)]);
  expect(await runTick(schedule.id, iso(hour - HOUR_MS))).toMatchObject({ status: 'started' });
});

it('starts nothing of a schedule that was paused while a tick waited', async () => {
  const schedule = await aSchedule({ overlap: 'buffer_one' });
  const first = await runTick(schedule.id, iso(hour - HOUR_MS));
  await runTick(schedule.id, iso(hour));
  await createScheduleStore(db.api).change(tenant, projectId, 'hourly', { isActive: false }, () => undefined);
  await end(first.buildId!);
  for (const due of await dueOf(schedule)) await runTick(schedule.id, due);
  expect(await ticks(schedule)).toMatchObject([
    { status: 'started' },
    { status: 'skipped', reason: 'the schedule was paused before it could run' },
  ]);
});

it('wakes a waiting tick whose doorbell was lost', async () => {
  const schedule = await aSchedule({ overlap: 'buffer_one' });
  const first = await runTick(schedule.id, iso(hour - HOUR_MS));
  await runTick(schedule.id, iso(hour));
  await end(first.buildId!);
  await sql`UPDATE schedule_ticks SET tick_status = 'buffered' WHERE tick_status = 'due'`.execute(db.admin);
  await clock().account();
  expect(await dueOf(schedule)).toEqual([iso(hour)]);
});

it('writes down what refuses the build', async () => {
  const schedule = await aSchedule({
    preset: BuildPreset.parse({ options: { secrets: [{ id: 'x', name: 'gone' }] } }),
  });
  expect(await runTick(schedule.id, iso(hour))).toMatchObject({ status: 'failed' });
  expect(await ticks(schedule)).toMatchObject([
    { status: 'failed', reason: expect.stringContaining('gone') as unknown, buildId: null },
  ]);
});

it('accounts for times at which nothing was there: late ones run, those before the window are skipped', async () => {
  const schedule = await aSchedule({ catchupWindowSeconds: 2.5 * 3600 });
  await sql`UPDATE build_schedules SET next_trigger_at = ${new Date(hour - 4 * HOUR_MS)} WHERE id = ${schedule.id}`.execute(
    db.admin,
  );
  const missed = (await clock().account()).filter(({ scheduleId }) => scheduleId === schedule.id);
  const now = Date.now();
  const expected = [4, 3, 2, 1, 0].map((back) => {
    const at = hour - back * HOUR_MS;
    return { scheduledAt: iso(at), status: at <= now - 2.5 * HOUR_MS ? 'skipped' : 'due' };
  });

  expect(missed.map(({ at }) => at)).toEqual(expected.map(({ scheduledAt }) => scheduledAt));
  expect(await ticks(schedule)).toMatchObject(expected);
  expect((await clock().account()).filter(({ scheduleId }) => scheduleId === schedule.id)).toEqual([]);
  const { rows } = await sql<{ next: Date }>`
    SELECT next_trigger_at AS next FROM build_schedules WHERE id = ${schedule.id}`.execute(db.admin);
  expect(rows[0]!.next.getTime()).toBeGreaterThan(now);
});

it('fills in times that have no build, one after the other', async () => {
  const schedule = await aSchedule();
  const first = await runTick(schedule.id, iso(hour));
  const at = [3, 2, 1, 0].map((back) => iso(hour - back * HOUR_MS));
  const asked = await createScheduleStore(db.api).backfill(tenant, schedule.id, at);
  expect(asked.map(({ kind, status }) => [kind, status])).toEqual([
    ...[1, 2, 3].map(() => ['backfill', 'due']),
    ['clock', 'started'],
  ]);
  const runDue = async () => {
    for (const due of await dueOf(schedule)) await runTick(schedule.id, due);
  };
  await runDue();
  expect((await ticks(schedule)).map(({ status }) => status)).toEqual([
    'buffered',
    'buffered',
    'buffered',
    'started',
  ]);
  await end(first.buildId!);
  await runDue();
  expect((await ticks(schedule)).map(({ status }) => status)).toEqual([
    'started',
    'buffered',
    'buffered',
    'started',
  ]);
});

it('keeps the newest hundred settled ticks', async () => {
  const schedule = await aSchedule({ overlap: 'allow_all' });
  await sql`INSERT INTO schedule_ticks (tenant_id, schedule_id, scheduled_at, tick_kind, tick_status, reason, settled_at)
    SELECT ${tenant.tenantId}, ${schedule.id}, ${new Date(hour)}::timestamptz - n * interval '1 hour', 'clock', 'skipped', 'x', now()
    FROM generate_series(1, 150) n`.execute(db.admin);
  await runTick(schedule.id, iso(hour));
  expect(await createScheduleStore(db.api).ticks(tenant, schedule.id, 1000)).toHaveLength(100);
});
