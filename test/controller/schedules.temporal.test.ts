import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type ScheduleHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createScheduleBells } from '../../src/adapters/temporal/schedule-bells.js';
import { BuildPreset } from '../../src/contracts/preset.js';
import { startSchedules } from '../../src/controller/schedules.js';
import { clockworkOf } from '../../src/domain/schedules/next-runs.js';
import { isTick, ticksBetween } from '../../src/domain/schedules/ticks.js';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { startTemporal } from '../../src/embedded/services/temporal.js';
import type { Schedule, ScheduleSettings } from '../../src/ports/schedules.js';
import type { ChangeFeed, TenantContext } from '../../src/ports/stores.js';
import { openChangeFeed } from '../../src/storage/change-feed.js';
import { createScheduleClock } from '../../src/storage/schedules/schedule-clock.js';
import { createScheduleStore } from '../../src/storage/schedules/schedule-store.js';
import { CONTROL_TASK_QUEUE, scheduleBellId } from '../../workflows/contract.js';
import { aProject, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

const BUNDLE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));

let db: FreshDatabase;
let feed: ChangeFeed;
let tenant: TenantContext;
let projectId: string;
let stateFolder: string;
let stack: Stack;
/** Times that the workflow of a tick was run for, by schedule. */
let ticked: { scheduleId: string; at: string }[] = [];
let repaired: string[] = [];

/** Temporal and a controller: what is killed together. */
interface Stack {
  readonly client: Client;
  readonly namespace: string;
  stop(): Promise<void>;
}

async function startStack(): Promise<Stack> {
  const programs = await ensurePrograms(['temporal']);
  const server = await startTemporal({ stateFolder, programs });
  const connection = await Connection.connect({ address: server.address });
  const native = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection, namespace: server.namespace });
  const worker = await Worker.create({
    connection: native,
    namespace: server.namespace,
    taskQueue: CONTROL_TASK_QUEUE,
    workflowBundle: { codePath: BUNDLE },
    activities: {
      runTick: async (input: { scheduleId: string; at: string }) => {
        const opened = await createScheduleClock(db.controller).openTick(input.scheduleId, input.at);
        if (opened.kind === 'starting') {
          ticked.push(input);
          await createScheduleClock(db.controller).failed(opened.tickId, 'nothing is built here');
        }
        return { status: 'failed', buildId: null };
      },
    },
  });
  const running = worker.run();
  const loop = startSchedules({
    clock: createScheduleClock(db.controller),
    bells: createScheduleBells(client),
    feed,
    log: { error: (_fields, text) => repaired.push(text), warn: () => undefined },
    compareEveryMs: 500,
    accountEveryMs: 500,
    repaired: (scheduleId, what) => repaired.push(`${what} ${scheduleId}`),
  });
  return {
    client,
    namespace: server.namespace,
    stop: async () => {
      await loop.stop();
      worker.shutdown();
      await running;
      await native.close();
      await connection.close();
      await server.stop();
    },
  };
}

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-test-schedules-'));
  db = await freshDatabase();
  feed = openChangeFeed({ url: db.urls.controller });
  tenant = await aTenant(db);
  projectId = (await aProject(db, tenant)).id;
  stack = await startStack();
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await feed.close();
  await db.close();
  await rm(stateFolder, { recursive: true, force: true });
});
beforeEach(() => {
  [ticked, repaired] = [[], []];
});

const store = () => createScheduleStore(db.api);
const bellOf = ({ id }: Schedule): ScheduleHandle => stack.client.schedule.getHandle(scheduleBellId(id));

function aSchedule(name: string, over: Partial<ScheduleSettings> = {}): Promise<Schedule> {
  return store().create(tenant, projectId, {
    ...{ name, cronExpression: '30 2 * * *', timezone: 'Europe/Berlin', jitterSeconds: 0, overlap: 'skip' },
    ...{ catchupWindowSeconds: 12 * 3600, gitUrl: 'https://git.example.com/app.git', gitBranch: 'main' },
    ...{ buildMethod: null, preset: BuildPreset.parse({}), isActive: true, pauseNote: null },
    ...over,
  });
}

async function eventually<T>(look: () => Promise<T | null | undefined | false>, forMs = 30_000): Promise<T> {
  for (const deadline = Date.now() + forMs; ; await sleep(100)) {
    const found = await look().catch(() => null);
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error('it did not come to that');
  }
}
const described = (schedule: Schedule) => bellOf(schedule).describe();

const NEXT = new Date().getUTCFullYear() + 1;
let names = 0;

it.each([
  ['30 2 * * *', 'Europe/Berlin'],
  ['0 * * * *', 'Europe/Berlin'],
  ['15 1,2 * * *', 'America/New_York'],
  ['30 * * * *', 'America/New_York'],
  ['10 2 * * *', 'Australia/Lord_Howe'],
  ['45 1 * * *', 'Australia/Lord_Howe'],
  ['0 * * * *', 'Australia/Lord_Howe'],
  ['0 6 13 * FRI', 'UTC'],
])(
  'has Temporal ring at each time of %s in %s, also where the clock is changed',
  async (cronExpression, timezone) => {
    const schedule = await aSchedule(`same-${String(names++)}`, { cronExpression, timezone });
    await eventually(() => described(schedule));
    // All changes of a year lie between these, and Temporal lists a thousand times at most.
    const days = [
      [`${String(NEXT)}-01-10`, `${String(NEXT)}-02-10`],
      [`${String(NEXT)}-03-07`, `${String(NEXT)}-04-09`],
      [`${String(NEXT)}-10-01`, `${String(NEXT)}-10-09`],
      [`${String(NEXT)}-10-23`, `${String(NEXT)}-11-10`],
    ] as const;
    for (const [from, to] of days) {
      const [startMs, endMs] = [Date.parse(from), Date.parse(to)];
      const { startTime } = await stack.client.workflowService.listScheduleMatchingTimes({
        namespace: stack.namespace,
        scheduleId: scheduleBellId(schedule.id),
        startTime: { seconds: startMs / 1000 - 1 } as never,
        endTime: { seconds: endMs / 1000 } as never,
      });
      const clockwork = clockworkOf(schedule);
      const rung = startTime
        .map(({ seconds }) => Number(seconds) * 1000)
        .filter((at) => isTick(clockwork, at));
      const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString());
      expect(iso(rung)).toEqual(iso(ticksBetween(clockwork, startMs, endMs, 5000)));
    }
  },
);

it('says of a schedule that Temporal refuses what it refuses, and brings the others to Temporal all the same', async () => {
  const timezone = 'US/Pacific-New';
  const known = await aSchedule('known');
  await eventually(() => described(known));
  await store().change(tenant, projectId, 'known', { timezone }, () => undefined);
  await aSchedule('refused', { timezone });
  const good = await aSchedule('good');
  await eventually(() => described(good), 10_000);
  for (const name of ['known', 'refused'])
    await eventually(async () => (await store().get(tenant, projectId, name)).trouble?.includes(timezone));
  for (const name of ['known', 'refused']) await store().remove(tenant, projectId, name);
});

it('brings a change, a pause and a removal to Temporal', async () => {
  const schedule = await aSchedule('changed');
  await eventually(() => described(schedule));

  await store().change(
    tenant,
    projectId,
    'changed',
    { isActive: false, pauseNote: 'moving', timezone: 'UTC' },
    () => undefined,
  );
  const { state, spec } = await eventually(async () => {
    const now = await described(schedule);
    return now.state.paused && now;
  });
  expect([state.note, spec.timezone]).toEqual([expect.stringContaining('moving'), 'UTC']);

  await store().remove(tenant, projectId, 'changed');
  await eventually(() =>
    described(schedule).then(
      () => false,
      () => true,
    ),
  );
  await eventually(
    async () => !(await createScheduleClock(db.controller).unsynced(100)).includes(schedule.id),
  );
});

it('puts right what somebody has changed or removed by hand, and removes what has no row', async () => {
  const edited = await aSchedule('edited');
  const removed = await aSchedule('removed');
  await eventually(() => described(edited));
  await eventually(() => described(removed));
  await bellOf(edited).update((before) => ({
    ...before,
    spec: { calendars: [{ hour: 5 }], timezone: 'UTC' },
    state: { ...before.state, paused: true },
  }));
  await bellOf(removed).delete();
  const stray = scheduleBellId('0199a6f0-9999-7000-8000-0000000000ff');
  await stack.client.schedule.create({
    scheduleId: stray,
    spec: { calendars: [{ hour: 5 }] },
    action: { type: 'startWorkflow', workflowType: 'tick', taskQueue: CONTROL_TASK_QUEUE },
  });

  const now = await eventually(async () => {
    const one = await described(edited);
    return !one.state.paused && one;
  });
  await eventually(() => described(removed));
  await eventually(() =>
    stack.client.schedule
      .getHandle(stray)
      .describe()
      .then(
        () => false,
        () => true,
      ),
  );

  expect(now.spec.timezone).toBe('Europe/Berlin');
  expect(repaired).toEqual(expect.arrayContaining([`put ${edited.id}`, `put ${removed.id}`]));
  await sleep(1500);
  const settled = repaired.length;
  await sleep(1500);
  expect(repaired.length).toBe(settled);
});

it('runs at its time', { timeout: 150_000 }, async () => {
  const schedule = await aSchedule('each-minute', { cronExpression: '* * * * *' });
  const tick = await eventually(
    async () => ticked.find(({ scheduleId }) => scheduleId === schedule.id),
    100_000,
  );
  expect(isTick(clockworkOf(schedule), Date.parse(tick.at))).toBe(true);
  expect(Date.now() - Date.parse(tick.at)).toBeLessThan(60_000);
  await store().remove(tenant, projectId, 'each-minute');
});

it('runs a tick after it at whose time Temporal and controller were dead', { timeout: 240_000 }, async () => {
  const schedule = await aSchedule('across', { cronExpression: '* * * * *' });
  await eventually(() => described(schedule));
  await stack.stop();
  const missed = (Math.floor(Date.now() / 60_000) + 1) * 60_000;
  await sleep(missed + 3_000 - Date.now());
  stack = await startStack();

  const tick = await eventually(
    async () => ticked.find(({ scheduleId, at }) => scheduleId === schedule.id && Date.parse(at) === missed),
    120_000,
  );
  expect(tick.at).toBe(new Date(missed).toISOString());
  const runs = ticked.filter(({ at }) => at === tick.at);
  expect(runs).toHaveLength(1);
  await store().remove(tenant, projectId, 'across');
});
