import { sql } from 'kysely';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { beginAgain } from '../../../src/storage/restore/begin-again.js';
import { snapshot } from '../../../src/storage/transact.js';
import { checkRows } from '../../../src/storage/verify/check-rows.js';
import { anOutcome, aBuild, aProject, aRunningBuild, aTenant, finish } from '../../support/builds.js';
import { aLog } from '../../support/log.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeEach(async () => {
  db = await freshDatabase();
});
afterEach(() => db.close());

const BECAUSE = 'restored from the backup of yesterday';
const fenceOf = async (buildId: string): Promise<number> =>
  (
    await db.controller
      .selectFrom('builds')
      .select('fence')
      .where('id', '=', buildId)
      .executeTakeFirstOrThrow()
  ).fence;
const heartbeat = (workerId: string) =>
  createLeaseGate(db.api).heartbeat(workerId, {
    slots: 2,
    methods: ['buildx'],
    zone: null,
    labels: {},
    disk: null,
  });

test('a build that was running is queued again and says why; it is not a lost worker', async () => {
  const { tenant, build } = await aRunningBuild(db);

  expect(await beginAgain(db.controller, BECAUSE)).toEqual({
    leasesEnded: 1,
    queuedAgain: 1,
    stillQueued: 0,
    recorded: 0,
  });

  const store = createBuildStore(db.api);
  expect(await store.get(tenant, build.id)).toMatchObject({ status: 'queued' });
  const history = await store.history(tenant, build.id);
  expect(history.at(-1)).toMatchObject({ from_status: 'in_progress', to_status: 'queued', reason: BECAUSE });
  const lost = await db.controller
    .selectFrom('leases')
    .select('id')
    .where('ended_reason', '=', 'worker_lost')
    .execute();
  expect(lost).toEqual([]);
  const results = await snapshot(db.controller, (tx) => checkRows(tx, { all: true }));
  expect(results.filter(({ wrong }) => wrong > 0)).toEqual([]);
});

test('a supervisor that lives on with a lease of the old life changes nothing any more', async () => {
  const { holder, lease, worker } = await aRunningBuild(db);
  await beginAgain(db.controller, BECAUSE);
  const gate = createLeaseGate(db.api);

  const stale = { code: 'stale_fence' };
  await expect(gate.renew(holder, lease.fence)).rejects.toMatchObject(stale);
  await expect(gate.acknowledge(worker.workerId, lease.leaseId, lease.fence)).rejects.toMatchObject(stale);
  await expect(gate.appendLog(holder, lease.fence, aLog('late\n').chunks)).rejects.toMatchObject(stale);
  await expect(gate.finish(holder, lease.fence, anOutcome(), aLog('late\n').seal)).rejects.toMatchObject(
    stale,
  );
  expect(await createRecorder(db.controller).moveTags(lease, () => Promise.resolve())).toEqual({
    result: 'fenced',
  });
});

test('what is granted after the restore has a higher fence than whatever the old life granted after the backup', async () => {
  const { build, worker } = await aRunningBuild(db);
  const grantedInBackup = await fenceOf(build.id);
  await beginAgain(db.controller, BECAUSE);
  await heartbeat(worker.workerId);

  const answer = await createDispatcher(db.controller).requestLease(build.id);

  if (answer.kind !== 'granted') throw new Error(answer.kind);
  expect(answer.lease.fence).toBeGreaterThan(grantedInBackup + 999_999);
});

test('hosts are offline until they speak again, so that nothing is granted to one that is gone', async () => {
  const { build } = await aRunningBuild(db);
  await beginAgain(db.controller, BECAUSE);
  expect(await createDispatcher(db.controller).requestLease(build.id)).toMatchObject({ kind: 'waiting' });
});

test('a build that waited in a backup older than the longest wait begins to wait afresh', async () => {
  const tenant = await aTenant(db);
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  await sql`UPDATE builds SET queued_at = now() - interval '30 days'`.execute(db.controller);
  const { requestLease } = createDispatcher(db.controller);
  expect(await requestLease(build.id)).toEqual({ kind: 'waiting', waitMs: 0 });

  expect(await beginAgain(db.controller, BECAUSE)).toMatchObject({ stillQueued: 1 });

  const answer = await requestLease(build.id);
  if (answer.kind !== 'waiting') throw new Error(answer.kind);
  expect(answer.waitMs).toBeGreaterThan(3_600_000);
});

test('a build whose tags were all moved is a success, and is not built again', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db, { destinations: ['r.local:5000/app:1'] });
  await finish(db, holder, anOutcome());
  await createRecorder(db.controller).moveTags(lease, () => Promise.resolve());

  expect(await beginAgain(db.controller, BECAUSE)).toMatchObject({ recorded: 1, queuedAgain: 0 });

  expect(await createBuildStore(db.api).get(tenant, build.id)).toMatchObject({ status: 'success' });
});

test('every open build gets its workflow; builds that are over are left alone', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const over = await aBuild(db, tenant, project.id);
  await createRecorder(db.controller).record(over.id, null, { kind: 'queue_timeout' });
  const queued = await aBuild(db, tenant, project.id);
  const { build: running } = await aRunningBuild(db);
  await sql`DELETE FROM outbox`.execute(db.controller);
  const before = await fenceOf(over.id);

  expect(await beginAgain(db.controller, BECAUSE)).toMatchObject({ stillQueued: 1, queuedAgain: 1 });

  const { rows } = await sql<{ id: string }>`
    SELECT build_id AS id FROM outbox WHERE message ->> 'kind' = 'start_build'`.execute(db.controller);
  expect(rows.map(({ id }) => id).sort()).toEqual([queued.id, running.id].sort());
  expect(await fenceOf(over.id)).toBe(before);
});

test('a restore that is repeated in the middle does no more harm', async () => {
  const { tenant, build } = await aRunningBuild(db);
  await beginAgain(db.controller, BECAUSE);
  expect(await beginAgain(db.controller, BECAUSE)).toMatchObject({
    leasesEnded: 0,
    queuedAgain: 0,
    stillQueued: 1,
  });
  expect(await createBuildStore(db.api).get(tenant, build.id)).toMatchObject({ status: 'queued' });
});
