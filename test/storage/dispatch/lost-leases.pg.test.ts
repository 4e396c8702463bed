import { sql } from 'kysely';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { closeLease } from '../../../src/storage/dispatch/close-lease.js';
import { createWorkerStore } from '../../../src/storage/workers/worker-store.js';
import { transact } from '../../../src/storage/transact.js';
import type { Dispatcher } from '../../../src/ports/dispatch.js';
import {
  aGrantedBuild,
  anOutcome,
  aRunningBuild,
  controlPlaneIsUp,
  finish,
  heardOf,
  makeOverdue,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let dispatcher: Dispatcher;
beforeAll(async () => {
  db = await freshDatabase();
  dispatcher = createDispatcher(db.controller);
});
afterAll(() => db.close());

async function slotsTaken(workerId: string): Promise<number> {
  const row = await db.controller
    .selectFrom('build_workers')
    .select('current_builds_count')
    .where('id', '=', workerId)
    .executeTakeFirstOrThrow();
  return row.current_builds_count;
}

/** Nothing is granted any more, so that what was lost stays visible. */
async function closeWorker(workerId: string): Promise<void> {
  await sql`UPDATE build_workers SET concurrent_builds_limit = 0 WHERE id = ${workerId}`.execute(
    db.controller,
  );
}

test('an overdue lease expires: the build is queued again with a higher fence and the slot is free', async () => {
  const { tenant, worker, build, lease } = await aRunningBuild(db);
  await closeWorker(worker.workerId);
  await controlPlaneIsUp(db);
  await makeOverdue(db, lease.leaseId);

  expect(await dispatcher.expire()).toMatchObject({ expired: 1 });

  const store = createBuildStore(db.api);
  expect(await store.get(tenant, build.id)).toMatchObject({ status: 'queued', attempts: 1 });
  expect((await store.history(tenant, build.id)).at(-1)).toMatchObject({
    from_status: 'in_progress',
    to_status: 'queued',
    reason: 'worker_lost',
  });
  expect(await slotsTaken(worker.workerId)).toBe(0);
  const { fence } = await db.controller
    .selectFrom('builds')
    .select('fence')
    .where('id', '=', build.id)
    .executeTakeFirstOrThrow();
  expect(fence).toBe(2);
  expect(await dispatcher.expire()).toMatchObject({ expired: 0 });
});

test('a host that lost a build by its silence gets no build until it is heard of again, and says why', async () => {
  const { tenant, worker, build, lease } = await aRunningBuild(db);
  await controlPlaneIsUp(db);
  await makeOverdue(db, lease.leaseId);
  await dispatcher.expire();

  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'waiting' });
  expect(await createWorkerStore(db.api).get(tenant, worker.name)).toMatchObject({
    status: 'degraded',
    refusal: 'let a lease run out, and gets builds again after its next heartbeat',
  });

  await heardOf(db, worker.workerId);
  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'granted', lease: { attempt: 2 } });
});

test('a lease that was renewed in time does not expire', async () => {
  const { lease, holder } = await aRunningBuild(db);
  await controlPlaneIsUp(db);
  await makeOverdue(db, lease.leaseId);
  await createLeaseGate(db.api).renew(holder, 1);

  expect(await dispatcher.expire()).toMatchObject({ expired: 0 });
});

test('a lease that is renewed after it was seen overdue is kept', async () => {
  const { lease } = await aRunningBuild(db);
  const closed = await transact(db.controller, (tx) =>
    closeLease(tx, lease.leaseId, 'worker_lost', { onlyIfOverdue: true }),
  );
  expect(closed).toBe(false);
});

test('a grant that nobody takes up is queued again and does not count as a lost worker', async () => {
  const { tenant, build, worker } = await aGrantedBuild(db);
  for (let round = 0; round < 3; round += 1) {
    await controlPlaneIsUp(db);
    const answer = await dispatcher.requestLease(build.id);
    if (answer.kind !== 'granted') throw new Error(answer.kind);
    await controlPlaneIsUp(db);
    await makeOverdue(db, answer.lease.leaseId);
    await dispatcher.expire();
    await heardOf(db, worker.workerId);
  }
  await closeWorker(worker.workerId);

  const ends = (await createBuildStore(db.api).attempts(tenant, build.id)).map((row) => row.ended_reason);
  expect(ends.slice(0, 3)).toEqual(Array(3).fill('grant_unacknowledged'));
  expect(await createBuildStore(db.api).get(tenant, build.id)).not.toMatchObject({ status: 'failed' });
});

test('a grant does not expire before its doorbell was sent', async () => {
  const { lease } = await aGrantedBuild(db);
  await controlPlaneIsUp(db);
  await sql`INSERT INTO outbox (tenant_id, build_id, message)
    SELECT tenant_id, id, '{"kind":"lease_granted"}' FROM builds WHERE id = ${lease.buildId}`.execute(
    db.controller,
  );
  await makeOverdue(db, lease.leaseId);

  expect(await dispatcher.expire()).toMatchObject({ expired: 0 });
});

test.each([
  ['is silent', "last_beat = clock_timestamp() - interval '6 seconds'"],
  ['came back less than a TTL ago', "up_since = clock_timestamp() - interval '9 seconds'"],
])('nothing expires while the control plane %s', async (_name, change) => {
  const { lease } = await aRunningBuild(db);
  await controlPlaneIsUp(db);
  await sql`UPDATE control_plane_beats SET ${sql.raw(change)}`.execute(db.admin);
  await makeOverdue(db, lease.leaseId);

  expect(await dispatcher.expire()).toMatchObject({ expired: 0 });
  await controlPlaneIsUp(db);
  await dispatcher.expire();
  const row = await db.controller
    .selectFrom('leases')
    .select('state')
    .where('id', '=', lease.leaseId)
    .executeTakeFirstOrThrow();
  expect(row.state).toBe('expired');
});

test('beats without a gap keep the time since when the control plane is up; a gap starts it anew', async () => {
  const gate = createLeaseGate(db.api);
  await controlPlaneIsUp(db);
  await gate.beat('one');
  const upSince = async () =>
    (await db.admin.selectFrom('control_plane_beats').select('up_since').executeTakeFirstOrThrow()).up_since;
  const before = await upSince();
  await gate.beat('two');
  expect(await upSince()).toEqual(before);
  await sql`UPDATE control_plane_beats SET last_beat = clock_timestamp() - interval '6 seconds'`.execute(
    db.admin,
  );

  await gate.beat('two');

  expect((await upSince()).getTime()).toBeGreaterThan(before.getTime());
});

test('losing the same attempt twice is one loss', async () => {
  const { build, worker, lease } = await aRunningBuild(db);
  await closeWorker(worker.workerId);
  await Promise.all([dispatcher.loseAttempt(lease), dispatcher.loseAttempt(lease)]);
  await dispatcher.loseAttempt(lease);

  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'waiting' });
  expect(await slotsTaken(worker.workerId)).toBe(0);
});

test('an image that was staged by a lost attempt is published without a rebuild', async () => {
  const { build, lease, holder } = await aRunningBuild(db);
  const outcome = anOutcome();
  await finish(db, holder, outcome);
  await dispatcher.loseAttempt(lease);

  expect(await dispatcher.requestLease(build.id)).toMatchObject({
    kind: 'granted',
    lease: { attempt: 2 },
    stagedDigest: outcome.image?.manifestDigest,
  });
});

test('releasing twice gives one slot back', async () => {
  const { build, worker, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, anOutcome({ result: 'cancelled', image: null }));
  await createRecorder(db.controller).record(build.id, lease, { kind: 'cancelled' });

  await dispatcher.release(lease);
  await dispatcher.release(lease);

  expect(await slotsTaken(worker.workerId)).toBe(0);
});

test('what is left in staging is named once the build is over, and not before', async () => {
  const { build, project, lease, holder, tenant } = await aRunningBuild(db);
  await finish(db, holder, anOutcome({ result: 'cancelled', image: null }));

  expect(await dispatcher.stagingLeft(build.id)).toEqual([]);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'cancelled' });

  expect(await dispatcher.stagingLeft(build.id)).toEqual([
    {
      buildId: build.id,
      tenantId: tenant.tenantId,
      projectId: project.id,
      stagingRepository: `${project.imageRepository}-staging`,
      stagingTags: [`${build.id}-1`],
    },
  ]);
});

test('a silent worker is marked offline until its next heartbeat', async () => {
  const { worker } = await aGrantedBuild(db);
  await controlPlaneIsUp(db);
  await sql`UPDATE build_workers SET last_heartbeat = now() - interval '1 minute' WHERE id = ${worker.workerId}`.execute(
    db.controller,
  );
  const status = async () =>
    (
      await db.controller
        .selectFrom('build_workers')
        .select('status')
        .where('id', '=', worker.workerId)
        .executeTakeFirstOrThrow()
    ).status;
  await dispatcher.expire();
  expect(await status()).toBe('offline');

  await createLeaseGate(db.api).heartbeat(worker.workerId, {
    slots: 1,
    methods: ['buildx'],
    zone: null,
    labels: {},
    disk: null,
  });

  expect(await status()).toBe('busy');
});

test('cleanup is recorded, and a failed one may complete later', async () => {
  const { tenant, build } = await aGrantedBuild(db);
  await dispatcher.recordCleanup(build.id, 'failed');
  await dispatcher.recordCleanup(build.id, 'completed');
  const read = await createBuildStore(db.api).get(tenant, build.id);
  expect(read.result.cleanup_status).toBe('completed');
});
