import { sql } from 'kysely';
import { NotificationPayload } from '../../../src/contracts/notifications.js';
import { MOST_TRIES } from '../../../src/domain/notifications/retry-schedule.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { aBuild, anOutcome, aProject, aRunningBuild, aTenant, finish } from '../../support/builds.js';
import { aNotificationWorld, COMMIT, gitSource, NONE } from './notification-world.js';

let world: Awaited<ReturnType<typeof aNotificationWorld>>;
beforeAll(async () => {
  world = await aNotificationWorld();
});
afterEach(() => world.removeTargets());
afterAll(() => world.close());

test('each change of a status writes a notification, with what is known of the build then', async () => {
  const running = await aRunningBuild(world.db);
  const { tenant } = running;
  const target = await world.aTarget(tenant);
  await finish(world.db, running.holder, anOutcome());
  await createBuildStore(world.db.api).requestCancel(tenant, running.build.id);
  await aBuild(world.db, tenant, running.project.id, gitSource(COMMIT));
  const all = await world.written(tenant, target.id);
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM build_status_history h
    WHERE tenant_id = ${tenant.tenantId} AND changed_at >= ${target.createdAt}::timestamptz`.execute(
    world.db.admin,
  );
  expect(all).toHaveLength(rows[0]!.n);
  const payloads = all.map(({ payload }) => NotificationPayload.parse(JSON.parse(payload)));
  expect(payloads.at(-1)).toMatchObject({
    type: 'build.queued',
    data: {
      ...{ status: 'queued', previous_status: null, commit: COMMIT, branch: 'main' },
      repository_url: 'https://git.example.com/team/app.git',
    },
  });
});

test('it comes and goes with the transaction that changes the status', async () => {
  const running = await aRunningBuild(world.db);
  const target = await world.aTarget(running.tenant);
  const write = (then: () => void) =>
    world.db.controller.transaction().execute(async (tx) => {
      await sql`INSERT INTO build_status_history (tenant_id, build_id, from_status, to_status, changed_by_system, changed_at)
        VALUES (${running.tenant.tenantId}, ${running.build.id}, 'in_progress', 'queued', true, now())`.execute(
        tx,
      );
      then();
    });
  await expect(
    write(() => {
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');
  expect(await world.written(running.tenant, target.id)).toEqual([]);
  await write(() => undefined);
  expect(await world.written(running.tenant, target.id)).toHaveLength(1);
});

test('a target hears of the builds of its project and of the statuses that it named, and nothing of other tenants', async () => {
  const tenant = await aTenant(world.db);
  const [mine, other] = [await aProject(world.db, tenant), await aProject(world.db, tenant)];
  const ofMine = await world.aTarget(tenant, 'webhook', { projectId: mine.id });
  const ofFailures = await world.aTarget(tenant, 'webhook', { events: ['failed'] });
  const off = await world.aTarget(tenant, 'webhook', { isActive: false });
  const foreign = await aTenant(world.db);
  const ofOthers = await world.aTarget(foreign);
  await aBuild(world.db, tenant, mine.id);
  await aBuild(world.db, tenant, other.id);
  expect(await world.written(tenant, ofMine.id)).toHaveLength(1);
  expect(await world.written(tenant, ofFailures.id)).toHaveLength(0);
  expect(await world.written(tenant, off.id)).toHaveLength(0);
  expect(await world.written(foreign, ofOthers.id)).toHaveLength(0);
});

test('a commit gets a status from the host of its source alone', async () => {
  const tenant = await aTenant(world.db);
  const { id } = await aProject(world.db, tenant);
  const target = await world.aTarget(tenant, 'gitea');
  for (const url of [
    'https://git.example.com/a/b.git',
    'ssh://me@git.example.com:2222/a/b',
    'git@git.example.com:a/b.git',
  ])
    await aBuild(world.db, tenant, id, gitSource(COMMIT, url));
  for (const url of [
    'https://other.example.com/git.example.com/b.git',
    'https://git.example.com.evil.test/a/b.git',
  ])
    await aBuild(world.db, tenant, id, gitSource(COMMIT, url));
  await aBuild(world.db, tenant, id, gitSource(null));
  await aBuild(world.db, tenant, id);
  expect(await world.written(tenant, target.id)).toHaveLength(3);
});

test('a build of a branch tells of its commit when its host has found it', async () => {
  const running = await aRunningBuild(world.db, gitSource(null));
  const [ofCommits, ofAll] = [
    await world.aTarget(running.tenant, 'github', { gitHost: 'git.example.com' }),
    await world.aTarget(running.tenant),
  ];
  const found = { commit: COMMIT, branch: 'main', author: null, message: null };
  await createLeaseGate(world.db.api).recordSource(running.holder, 1, found as never);
  const [one, ...more] = await world.written(running.tenant, ofCommits.id);
  expect(more).toEqual([]);
  expect(JSON.parse(one!.payload)).toMatchObject({ type: 'build.in_progress', data: { commit: COMMIT } });
  expect(await world.written(running.tenant, ofAll.id)).toEqual([]);
});

test('of two that take, each notification goes to one, and to nobody else while its claim lasts', async () => {
  const tenant = await aTenant(world.db);
  const { id } = await world.aTarget(tenant);
  for (let count = 0; count < 20; count += 1) await world.store.putTest(tenant, id);
  const [one, two] = [world.due(), world.due()];
  const both = await Promise.all([one.take(10, 100, NONE), two.take(10, 100, NONE)]);
  const ids = both.flatMap(({ taken }) => taken.map((each) => each.id));
  expect(new Set(ids).size).toBe(20);
  expect(await world.takeAll()).toEqual([]);
});

test('what a killed controller had in hand is sent again under the same id, and what it says late counts no more', async () => {
  const tenant = await aTenant(world.db);
  const target = await world.aTarget(tenant);
  await world.store.putTest(tenant, target.id);
  const short = world.due(1);
  const [first] = await world.takeAll(short);
  await expect.poll(() => world.takeAll(world.due())).toHaveLength(1);
  const { attempts } = await world.store.get(tenant, first!.id);
  expect(attempts).toBe(2);
  await short.dead(first!, { because: 'late', responseStatus: null });
  expect(await world.store.get(tenant, first!.id)).toMatchObject({ state: 'pending', attempts: 2 });
});

test('a long row of one target keeps no other waiting', async () => {
  const tenant = await aTenant(world.db);
  const [busy, calm] = [await world.aTarget(tenant), await world.aTarget(tenant)];
  for (let count = 0; count < 30; count += 1) await world.store.putTest(tenant, busy.id);
  await world.store.putTest(tenant, calm.id);
  const { taken } = await world.due().take(10, 4, NONE);
  expect(taken.filter(({ targetId }) => targetId === busy.id)).toHaveLength(4);
  expect(taken.filter(({ targetId }) => targetId === calm.id)).toHaveLength(1);
  const again = await world.due().take(10, 4, new Map([[busy.id, 0]]));
  expect(again.taken).toEqual([]);
  expect(await world.due().nextLookMs([busy.id])).toBeGreaterThan(1_000);
  expect(await world.due().nextLookMs([])).toBeLessThan(100);
});

test('of the statuses of a commit one is on its way at a time, and an older one gives way to a newer', async () => {
  const tenant = await aTenant(world.db);
  const { id } = await aProject(world.db, tenant);
  const target = await world.aTarget(tenant, 'gitlab');
  await aBuild(world.db, tenant, id, gitSource(COMMIT));
  const [first] = await world.takeAll();
  await aBuild(world.db, tenant, id, gitSource(COMMIT));
  await aBuild(world.db, tenant, id, gitSource(COMMIT));
  expect(await world.takeAll()).toEqual([]);
  await world.due().failed(first!, { because: 'it answered 500', responseStatus: 500 }, 60_000);
  const [next, ...more] = await world.takeAll();
  expect(more).toEqual([]);
  await world.due().delivered(next!, 201);
  await sql`UPDATE notification_deliveries SET next_attempt_at = now() WHERE delivery_state = 'pending'`.execute(
    world.db.admin,
  );
  expect(await world.takeAll()).toEqual([]);
  const all = await world.written(tenant, target.id);
  expect(all.map(({ state }) => state)).toEqual(['superseded', 'superseded', 'delivered']);
  expect(all[2]!.id).toBe(next!.id);
  expect(all[0]!.errorMessage).toContain('newer');
});

test('a receiver that is gone is switched off, what waits for it is dead with the reason, and can be replayed', async () => {
  const tenant = await aTenant(world.db);
  const target = await world.aTarget(tenant);
  for (let count = 0; count < 3; count += 1) await world.store.putTest(tenant, target.id);
  const { taken } = await world.due().take(1, 1, NONE);
  await world.due().gone(taken[0]!, { because: 'It answered 410.', responseStatus: 410 });
  expect(await world.targets.get(tenant, target.name)).toMatchObject({
    ...{ isActive: false, pendingCount: 0, deadCount: 3, disabled: { reason: 'It answered 410.' } },
  });
  for (const one of await world.written(tenant, target.id)) expect(one.errorMessage).toContain('410');
  await world.targets.change(tenant, target.name, { isActive: true });
  expect(await world.store.replayDead(tenant, target.id)).toBe(3);
  const again = await world.takeAll();
  expect(again.map(({ id }) => id).sort()).toEqual(
    (await world.written(tenant, target.id)).map(({ id }) => id).sort(),
  );
  expect(again[0]).toMatchObject({ attempts: 1, replayCount: 1 });
});

test('what was written for a target that is switched off meanwhile is dead with a reason', async () => {
  const tenant = await aTenant(world.db);
  const target = await world.aTarget(tenant);
  await world.store.putTest(tenant, target.id);
  await world.targets.change(tenant, target.name, { isActive: false });
  expect(await world.due().take(10, 10, NONE)).toMatchObject({ taken: [], aside: [{ state: 'dead' }] });
});

test('one whose last try nobody knows the outcome of is dead, and says so', async () => {
  const tenant = await aTenant(world.db);
  const target = await world.aTarget(tenant);
  await world.store.putTest(tenant, target.id);
  await sql`UPDATE notification_deliveries SET attempts = ${MOST_TRIES}`.execute(world.db.admin);
  const { taken, aside } = await world.due().take(10, 10, NONE);
  expect(taken).toEqual([]);
  expect(aside[0]?.because).toContain('may have arrived');
});

test('a replay while it is on its way waits for that, and what comes of it counts no more', async () => {
  const tenant = await aTenant(world.db);
  const target = await world.aTarget(tenant);
  const { id } = await world.store.putTest(tenant, target.id);
  const [taken] = await world.takeAll();
  await world.store.replay(tenant, id);
  expect(await world.takeAll()).toEqual([]);
  await world.due().delivered(taken!, 200);
  expect(await world.store.get(tenant, id)).toMatchObject({ state: 'pending', replayCount: 1, attempts: 0 });
});
