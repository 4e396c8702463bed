import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
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

/** What outlives its Temporal and its controller, with a project of a tenant. */
interface Installation {
  readonly db: FreshDatabase;
  readonly feed: ChangeFeed;
  readonly tenant: TenantContext;
  readonly projectId: string;
  readonly stateFolder: string;
}

let main: Installation;
let stack: Stack;
/** Its Temporal and its controller are dead from the beginning until the last test, so that a minute passes meanwhile. */
let dead: Installation;
let missedByDead: { readonly schedule: Schedule; readonly at: number };
/** Of each minute, so that the first of its times comes while the other tests run. */
let minutely: Schedule;
/** Ticks of schedules, each with the run of the workflow that opened it, and when. */
const ticked: { scheduleId: string; at: string; run: string; openedAtMs: number }[] = [];
let repaired: string[] = [];

/** Temporal and a controller: what is killed together. */
interface Stack {
  readonly client: Client;
  readonly namespace: string;
  stop(): Promise<void>;
}

async function anInstallation(): Promise<Installation> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kiln-test-schedules-'));
  const db = await freshDatabase();
  const tenant = await aTenant(db);
  const { id: projectId } = await aProject(db, tenant);
  return { db, feed: openChangeFeed({ url: db.urls.controller }), tenant, projectId, stateFolder };
}

async function startStack({ db, feed, stateFolder }: Installation): Promise<Stack> {
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
          const { runId: run } = Context.current().info.workflowExecution!;
          ticked.push({ ...input, run, openedAtMs: Date.now() });
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
  dead = await anInstallation();
  const beforeIt = await startStack(dead);
  const across = await aSchedule('across', { cronExpression: '* * * * *' }, dead);
  await eventually(() => bellOf(across, beforeIt).describe());
  await beforeIt.stop();
  missedByDead = { schedule: across, at: (Math.floor(Date.now() / 60_000) + 1) * 60_000 };
  main = await anInstallation();
  stack = await startStack(main);
  minutely = await aSchedule('each-minute', { cronExpression: '* * * * *' });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  for (const { db, feed, stateFolder } of [main, dead]) {
    await feed.close();
    await db.close();
    await rm(stateFolder, { recursive: true, force: true });
  }
});
beforeEach(() => {
  repaired = [];
});

const store = () => createScheduleStore(main.db.api);
const bellOf = ({ id }: Schedule, { client } = stack): ScheduleHandle =>
  client.schedule.getHandle(scheduleBellId(id));

function aSchedule(
  name: string,
  over: Partial<ScheduleSettings> = {},
  { db, tenant, projectId }: Installation = main,
): Promise<Schedule> {
  return createScheduleStore(db.api).create(tenant, projectId, {
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
  await store().change(main.tenant, main.projectId, 'known', { timezone }, () => undefined);
  await aSchedule('refused', { timezone });
  const good = await aSchedule('good');
  await eventually(() => described(good), 10_000);
  for (const name of ['known', 'refused'])
    await eventually(async () =>
      (await store().get(main.tenant, main.projectId, name)).trouble?.includes(timezone),
    );
  for (const name of ['known', 'refused']) await store().remove(main.tenant, main.projectId, name);
});

it('brings a change, a pause and a removal to Temporal', async () => {
  const schedule = await aSchedule('changed');
  await eventually(() => described(schedule));

  const change = { isActive: false, pauseNote: 'moving', timezone: 'UTC' };
  await store().change(main.tenant, main.projectId, 'changed', change, () => undefined);
  const { state, spec } = await eventually(async () => {
    const now = await described(schedule);
    return now.state.paused && now;
  });
  expect([state.note, spec.timezone]).toEqual([expect.stringContaining('moving'), 'UTC']);

  await store().remove(main.tenant, main.projectId, 'changed');
  await eventually(() =>
    described(schedule).then(
      () => false,
      () => true,
    ),
  );
  await eventually(
    async () => !(await createScheduleClock(main.db.controller).unsynced(100)).includes(schedule.id),
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
  const tick = await eventually(async () => ticked.find((one) => one.scheduleId === minutely.id), 100_000);
  expect(isTick(clockworkOf(minutely), Date.parse(tick.at))).toBe(true);
  expect(tick.openedAtMs).toBeGreaterThanOrEqual(Date.parse(tick.at));
  expect(tick.openedAtMs - Date.parse(tick.at)).toBeLessThan(60_000);
});

it('runs a tick after it at whose time Temporal and controller were dead', { timeout: 240_000 }, async () => {
  const { schedule, at: missed } = missedByDead;
  await sleep(missed + 3_000 - Date.now());
  await stack.stop();
  stack = await startStack(dead);

  const at = new Date(missed).toISOString();
  const opened = () => ticked.filter((one) => one.scheduleId === schedule.id && one.at === at);
  await eventually(async () => opened().length > 0, 120_000);
  // A workflow repeats a step whose end it has not heard of; no other one may do it again.
  expect(new Set(opened().map(({ run }) => run)).size).toBe(1);
});
