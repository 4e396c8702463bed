import { sql } from 'kysely';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createQueueStore } from '../../../src/storage/dispatch/queue-store.js';
import { aBuild, aGrantedBuild, aProject, aTenant, aWorker, controlPlaneIsUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const read = (tenant: { tenantId: string; userId: string | null }) => createQueueStore(db.api).read(tenant);

/** What was expected of a build, and how far from it it started. */
async function expectationOf(buildId: string) {
  return db.controller
    .selectFrom('builds')
    .select(['start_expected_at', 'start_earliest_at', 'start_latest_at', 'start_error_milliseconds'])
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow();
}

/** A tenant with one slot, which is taken, and two builds that wait. */
async function aQueue() {
  const tenant = await aTenant(db, { max_concurrent_builds: 1 });
  const project = await aProject(db, tenant);
  await aWorker(db, { tenantId: tenant.tenantId, slots: 3 });
  const builds = [];
  for (let index = 0; index < 3; index += 1) builds.push(await aBuild(db, tenant, project.id));
  const [first, second, third] = builds as [(typeof builds)[0], (typeof builds)[0], (typeof builds)[0]];
  const answer = await createDispatcher(db.controller).requestLease(first.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  return { tenant, project, first, second, third, lease: answer.lease };
}

test('the queue of a tenant has the position of each build, what holds it and when it may start', async () => {
  const { tenant, first, second, third } = await aQueue();
  const queue = await read(tenant);
  expect(queue).toMatchObject({ running: 1, slots: 3, freeSlots: 2 });
  const limit = { limit: 'max_concurrent_builds', held_by: [`${first.project}#1`] };
  expect(queue.items).toMatchObject([
    { position: 1, build_id: second.id, build_number: 2, ...limit },
    { position: 2, build_id: third.id, build_number: 3, ...limit },
  ]);
  const [next, last] = queue.items;
  expect(Date.parse(next!.expected_start_at!)).toBeGreaterThan(Date.now());
  expect(Date.parse(last!.expected_start_at!)).toBeGreaterThan(Date.parse(next!.expected_start_at!));
});

test('a host is silent when the controller says so, by the silence that it is configured for', async () => {
  await sql`UPDATE build_workers SET status = 'offline', removed_at = now()`.execute(db.admin);
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const worker = await aWorker(db, { tenantId: tenant.tenantId });
  const build = await aBuild(db, tenant, project.id);
  await sql`UPDATE build_workers SET last_heartbeat = now() - interval '40 seconds' WHERE id = ${worker.workerId}`.execute(
    db.admin,
  );
  const reasons = async (): Promise<unknown[]> => [
    (await read(tenant)).items[0]?.reason,
    (await createBuildStore(db.api).get(tenant, build.id)).queue_reason,
  ];
  expect(await reasons()).toEqual(Array(2).fill('waiting for a free slot'));

  await controlPlaneIsUp(db);
  await createDispatcher(db.controller, { workerSilenceMs: 20_000 }).expire();
  expect(await reasons()).toEqual(Array(2).fill('no build host for buildx is online'));
});

test('what the other projects of the tenant took by the method speaks for one that has no runs', async () => {
  const { tenant, project, lease } = await aQueue();
  const other = await aProject(db, tenant);
  // Nothing of the first project is open any more; a run of 7 minutes is behind it.
  await sql`UPDATE builds SET cancel_requested_at = now() WHERE project_id = ${project.id}`.execute(db.admin);
  await sql`UPDATE leases SET state = 'released', ended_reason = 'released', acknowledged_at = granted_at,
    ended_at = granted_at + interval '7 minutes' WHERE id = ${lease.leaseId}`.execute(db.admin);
  await sql`UPDATE build_workers SET current_builds_count = 0`.execute(db.admin);
  await aBuild(db, tenant, other.id);
  await aBuild(db, tenant, other.id);
  const [first, second] = (await read(tenant)).items;
  const apartMs = Date.parse(second!.expected_start_at!) - Date.parse(first!.expected_start_at!);
  expect(Math.round(apartMs / 60_000)).toBe(7);
});

test('a tenant sees nothing of the builds of another, but that they take their time', async () => {
  const { tenant } = await aGrantedBuild(db);
  await aQueue();
  expect((await read(tenant)).items).toEqual([]);
  const { rows } = await db.api.transaction().execute(async (tx) => {
    await sql`SELECT set_config('kiln.tenant', ${tenant.tenantId}, true)`.execute(tx);
    return sql<Record<string, number>>`SELECT * FROM other_tenants_load()`.execute(tx);
  });
  expect(Object.keys(rows[0]!).sort()).toEqual(['queued', 'running', 'tenants', 'weight']);
  expect(rows[0]!['queued']).toBeGreaterThanOrEqual(2);
});

test('what is expected of a build that begins to wait is written down once, and its error when it starts', async () => {
  const { tenant, project, first, second, third, lease } = await aQueue();
  const dispatcher = createDispatcher(db.controller);
  expect(await dispatcher.requestLease(second.id)).toMatchObject({ kind: 'waiting' });
  const before = await expectationOf(second.id);
  expect(before.start_expected_at).not.toBeNull();
  expect(before.start_error_milliseconds).toBeNull();
  expect((await expectationOf(third.id)).start_expected_at).not.toBeNull();
  expect(await expectationOf(first.id)).toMatchObject({
    start_expected_at: null,
    start_error_milliseconds: null,
  });

  await sql`UPDATE builds SET start_expected_at = now() - interval '1 minute', start_earliest_at = now() - interval '2 minutes'
            WHERE id = ${second.id}`.execute(db.controller);
  // Another look, for a build that has come meanwhile.
  const fourth = await aBuild(db, tenant, project.id);
  await createDispatcher(db.controller).requestLease(fourth.id);
  expect((await expectationOf(fourth.id)).start_expected_at).not.toBeNull();
  await sql`UPDATE builds SET status = 'failed', completed_at = clock_timestamp() WHERE id = ${lease.buildId}`.execute(
    db.controller,
  );
  const starts: unknown[] = [];
  await createDispatcher(db.controller, { onStart: (start) => starts.push(start) }).release(lease);

  const { start_error_milliseconds: errorMs } = await expectationOf(second.id);
  expect(errorMs).toBeGreaterThanOrEqual(60_000);
  expect(errorMs).toBeLessThan(90_000);
  expect(starts).toEqual([{ waitedMs: expect.any(Number) as number, errorMs }]);
});
