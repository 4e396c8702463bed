import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import type { LeaseGate, LeaseHolder } from '../../../src/ports/dispatch.js';
import {
  aGrantedBuild,
  anOutcome,
  aRunningBuild,
  aStep,
  aTenant,
  aWorker,
  finish,
  takeUp,
} from '../../support/builds.js';
import { aLog } from '../../support/log.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let gate: LeaseGate;
beforeAll(async () => {
  db = await freshDatabase();
  gate = createLeaseGate(db.api);
});
afterAll(() => db.close());

test('a worker is known by its token, and nobody by another', async () => {
  const worker = await aWorker(db, { tenantId: (await aTenant(db)).tenantId });

  expect(await gate.resolveWorker(worker.token)).toEqual({
    workerId: worker.workerId,
    workerName: worker.name,
  });
  expect(await gate.resolveWorker('kilnw_no')).toBeNull();
});

test('acknowledging twice gives a new token, and the first one is void', async () => {
  const { worker, lease } = await aGrantedBuild(db);
  const first = await takeUp(db, worker.workerId, lease);
  const second = await takeUp(db, worker.workerId, lease);

  expect(second.holder).toEqual(first.holder);
  expect(await gate.resolveLease(first.leaseToken)).toBeNull();
  expect(await gate.resolveLease(second.leaseToken)).not.toBeNull();
});

test("another worker's lease is not found, and an old fence is stale", async () => {
  const { worker, lease } = await aGrantedBuild(db);
  const other = await aWorker(db, { tenantId: (await aTenant(db)).tenantId });

  await expect(gate.acknowledge(other.workerId, lease.leaseId, 1)).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(gate.acknowledge(worker.workerId, lease.leaseId, 2)).rejects.toMatchObject({
    code: 'stale_fence',
  });
});

test('a renewal extends the lease and tells of a cancel', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  expect(await gate.renew(holder, 1)).toEqual({ ttlMs: 10_000, cancelRequested: false });

  await createBuildStore(db.api).requestCancel(tenant, build.id);

  expect(await gate.renew(holder, 1)).toEqual({ ttlMs: 10_000, cancelRequested: true });
});

describe('under a lease that is over', () => {
  const log = aLog('late\n');
  const effects: [string, (holder: LeaseHolder, fence: number) => Promise<unknown>][] = [
    ['renew', (holder, fence) => gate.renew(holder, fence)],
    ['appendLog', (holder, fence) => gate.appendLog(holder, fence, log.chunks)],
    ['putSteps', (holder, fence) => gate.putSteps(holder, fence, [aStep(1)])],
    ['contextDigest', (holder, fence) => gate.contextDigest(holder, fence)],
    ['finish', (holder, fence) => gate.finish(holder, fence, anOutcome(), log.seal)],
    ['acknowledge', ({ leaseId }, fence) => gate.acknowledge(workerId, leaseId, fence)],
  ];
  let holder: LeaseHolder;
  let current: LeaseHolder;
  let workerId: string;
  let buildId: string;
  beforeAll(async () => {
    const running = await aRunningBuild(db);
    ({ holder } = running);
    workerId = running.worker.workerId;
    buildId = running.build.id;
    const dispatcher = createDispatcher(db.controller);
    await dispatcher.loseAttempt(running.lease);
    const answer = await dispatcher.requestLease(buildId);
    if (answer.kind !== 'granted') throw new Error(answer.kind);
    current = (await takeUp(db, workerId, answer.lease)).holder;
  });

  test.each(effects)('%s is refused with its old fence', async (_name, effect) => {
    await expect(effect(holder, holder.fence)).rejects.toMatchObject({ code: 'stale_fence' });
  });

  test.each(effects)('%s is refused with a guessed fence', async (_name, effect) => {
    await expect(effect(holder, current.fence)).rejects.toMatchObject({ code: 'stale_fence' });
    await expect(effect(current, holder.fence)).rejects.toMatchObject({ code: 'stale_fence' });
  });

  test('nothing of it is stored', async () => {
    const rows = await db.controller
      .selectFrom('build_logs')
      .selectAll()
      .where('build_id', '=', buildId)
      .execute();
    expect(rows).toEqual([]);
  });
});

test('a step is upserted whole, and one that has ended does not run again', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  await gate.putSteps(holder, 1, [aStep(1), aStep(2, { status: 'pending' })]);
  const done = aStep(1, { status: 'success', durationMs: 1_499, stdout: 'a\u0000b' });
  await gate.putSteps(holder, 1, [done, aStep(2)]);

  await gate.putSteps(holder, 1, [aStep(1), aStep(2)]);

  expect(await createBuildStore(db.api).steps(tenant, build.id)).toMatchObject([
    {
      step_number: 1,
      status: 'success',
      duration_seconds: 1,
      duration_milliseconds: 1_499,
      stdout: 'a\ufffdb',
    },
    { step_number: 2, status: 'running' },
  ]);
  await gate.putSteps(holder, 1, [{ ...done, layerDigest: 'sha256:x' }]);
  const [first] = await createBuildStore(db.api).steps(tenant, build.id);
  expect(first?.layer_digest).toBe('sha256:x');
});

test('finishing twice is harmless, also after the lease was released', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome());
  await finish(db, holder, anOutcome());
  const before = await createBuildStore(db.api).attempts(tenant, build.id);
  await createDispatcher(db.controller).release(lease);

  await gate.finish(holder, 1, anOutcome(), aLog('hello\n').seal);

  expect(await createBuildStore(db.api).attempts(tenant, build.id)).toEqual(before);
  expect(before).toMatchObject([{ ended_reason: 'succeeded', log_lines: 1, log_note: null }]);
});

test('a worker that comes online rings for the dispatcher, one that stays online does not', async () => {
  const tenant = await aTenant(db);
  const heard: string[] = [];
  const { openChangeFeed } = await import('../../../src/storage/change-feed.js');
  const feed = openChangeFeed({ url: db.urls.controller, fallbackMs: 3_600_000 });
  const ready = new Promise<void>((resolve) => feed.onPool(resolve));
  await ready;
  feed.onPool(() => heard.push('rang'));

  const worker = await aWorker(db, { tenantId: tenant.tenantId });
  const offer = { slots: 1, methods: ['buildx'], zone: null, labels: {}, disk: null };
  await gate.heartbeat(worker.workerId, offer);
  await gate.heartbeat(worker.workerId, offer);
  await new Promise((resolve) => setTimeout(resolve, 200));

  expect(heard).toEqual(['rang']);
  await feed.close();
});
