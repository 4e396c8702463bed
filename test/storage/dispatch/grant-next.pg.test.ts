import { effectiveLimits } from '../../../src/domain/limits/effective-limits.js';
import { sql } from 'kysely';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aBuild, aGrantedBuild, aProject, aTenant, aWorker, emptyQueue } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

async function runningOf(buildIds: readonly string[]): Promise<string[]> {
  const rows = await db.controller
    .selectFrom('builds')
    .select('id')
    .where('id', 'in', buildIds)
    .where('status', '=', 'in_progress')
    .execute();
  return rows.map((row) => row.id);
}

test('a grant starts the build, opens an attempt, takes a slot and rings the doorbell', async () => {
  const { tenant, worker, build, lease } = await aGrantedBuild(db);

  expect(lease).toMatchObject({ buildId: build.id, attempt: 1, fence: 1 });
  const store = createBuildStore(db.api);
  expect(await store.get(tenant, build.id)).toMatchObject({ status: 'in_progress', attempts: 1 });
  expect(await store.attempts(tenant, build.id)).toMatchObject([
    { attempt: 1, worker_name: worker.name, fence: 1, ended_at: null, ended_reason: null },
  ]);
  expect((await store.history(tenant, build.id)).map((row) => row.to_status)).toEqual([
    'queued',
    'in_progress',
  ]);
  const { current_builds_count } = await db.controller
    .selectFrom('build_workers')
    .select('current_builds_count')
    .where('id', '=', worker.workerId)
    .executeTakeFirstOrThrow();
  expect(current_builds_count).toBe(1);
  const doorbells = await db.controller
    .selectFrom('outbox')
    .select('message')
    .where('build_id', '=', build.id)
    .execute();
  expect(doorbells.map((row) => row.message.kind)).toEqual(['lease_granted']);
});

test('asking again gives the same lease', async () => {
  const { build, lease } = await aGrantedBuild(db);
  expect(await createDispatcher(db.controller).requestLease(build.id)).toMatchObject({ lease });
});

test('a build that gets no slot waits until its limit says it waited too long', async () => {
  const tenant = await aTenant(db);
  const limits = effectiveLimits({ tenant: { max_queued_wait_minutes: 10 } });
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id, { limits });

  const answer = await createDispatcher(db.controller).requestLease(build.id);

  if (answer.kind !== 'waiting') throw new Error(answer.kind);
  expect(answer.waitMs).toBeGreaterThan(590_000);
  expect(answer.waitMs).toBeLessThanOrEqual(600_000);
});

test('a worker that is silent, of another tenant, degraded or without the method gets nothing', async () => {
  const tenant = await aTenant(db);
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  const silent = await aWorker(db, { tenantId: tenant.tenantId });
  const degraded = await aWorker(db, { tenantId: tenant.tenantId });
  await aWorker(db, { tenantId: (await aTenant(db)).tenantId });
  await aWorker(db, { tenantId: tenant.tenantId, methods: ['kaniko'] });
  await sql`UPDATE build_workers SET last_heartbeat = now() - interval '31 seconds' WHERE id = ${silent.workerId}`.execute(
    db.controller,
  );
  await sql`UPDATE build_workers SET status = 'degraded' WHERE id = ${degraded.workerId}`.execute(
    db.controller,
  );

  expect(await createDispatcher(db.controller).requestLease(build.id)).toMatchObject({ kind: 'waiting' });
});

test.each([
  ['max_concurrent_builds', { max_concurrent_builds: 2 }],
  ['max_concurrent_per_project', { max_concurrent_per_project: 2 }],
  ['buildx_max_concurrent', { buildx_max_concurrent: 2 }],
])('%s of 2 lets two of five builds run', async (_name, policy) => {
  const tenant = await aTenant(db, policy);
  const project = await aProject(db, tenant);
  const ids = [];
  for (let index = 0; index < 5; index += 1) ids.push((await aBuild(db, tenant, project.id)).id);
  await aWorker(db, { tenantId: tenant.tenantId, slots: 10 });

  await createDispatcher(db.controller).grantNext();

  expect((await runningOf(ids)).sort()).toEqual(ids.slice(0, 2).sort());
});

test('higher priority goes first, and a build that waited long enough catches up', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const old = await aBuild(db, tenant, project.id, { priority: 0 });
  const fresh = await aBuild(db, tenant, project.id, { priority: 5 });
  const order = await db.controller
    .selectFrom('builds')
    .select('id')
    .where('project_id', '=', project.id)
    .orderBy('dispatch_at')
    .execute();
  expect(order.map((row) => row.id)).toEqual([fresh.id, old.id]);
  await sql`UPDATE builds SET dispatch_at = dispatch_at - interval '6 minutes' WHERE id = ${old.id}`.execute(
    db.controller,
  );
  await aWorker(db, { tenantId: tenant.tenantId });

  await createDispatcher(db.controller).grantNext();

  expect(await runningOf([old.id, fresh.id])).toEqual([old.id]);
});

test('two tenants share the slots of a worker by weight, however many builds one of them has queued', async () => {
  await emptyQueue(db);
  const heavy = await aTenant(db, { weight: 3 });
  const light = await aTenant(db, { weight: 1 });
  const heavyProject = await aProject(db, heavy);
  const lightProject = await aProject(db, light);
  const heavyIds = [];
  const lightIds = [];
  for (let index = 0; index < 8; index += 1) {
    heavyIds.push((await aBuild(db, heavy, heavyProject.id)).id);
    lightIds.push((await aBuild(db, light, lightProject.id)).id);
  }
  const shared = await aWorker(db, { slots: 8 });

  await createDispatcher(db.controller).grantNext();

  expect(await runningOf(heavyIds)).toHaveLength(6);
  expect(await runningOf(lightIds)).toHaveLength(2);
  await sql`UPDATE build_workers SET status = 'degraded' WHERE id = ${shared.workerId}`.execute(
    db.controller,
  );
});

test('a build that waits for a host with its network hides no other of its project and method', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const needy = await aBuild(db, tenant, project.id, { resources: { network: 'egress' } });
  const plain = await aBuild(db, tenant, project.id);
  const other = await aBuild(db, tenant, project.id, { resources: { network: 'host' } });
  await aWorker(db, { tenantId: tenant.tenantId, networks: 'none,host', slots: 3 });

  await createDispatcher(db.controller).grantNext();

  const running = await runningOf([needy.id, plain.id, other.id]);
  expect(running.toSorted()).toEqual([plain.id, other.id].toSorted());
});

test('a project goes back to the host that built it last, unless it would have to wait for it', async () => {
  const { tenant, project, worker, lease } = await aGrantedBuild(db);
  await aWorker(db, { tenantId: tenant.tenantId, slots: 9 });
  const dispatcher = createDispatcher(db.controller);
  const workerOf = async (buildId: string) => {
    const answer = await dispatcher.requestLease(buildId);
    return answer.kind === 'granted' ? answer.workerId : answer.kind;
  };

  const again = await aBuild(db, tenant, project.id);
  expect(await workerOf(again.id)).toBe(worker.workerId);
  const third = await aBuild(db, tenant, project.id);
  expect(await workerOf(third.id)).not.toBe(worker.workerId);
  await createFinished(lease.buildId);
  await dispatcher.release(lease);
});

test('a lowered limit ends nothing and stops new grants', async () => {
  const { tenant, project, worker } = await aGrantedBuild(db);
  const second = await aBuild(db, tenant, project.id);
  await sql`UPDATE build_workers SET concurrent_builds_limit = 0 WHERE id = ${worker.workerId}`.execute(
    db.controller,
  );

  expect(await createDispatcher(db.controller).requestLease(second.id)).toMatchObject({ kind: 'waiting' });
});

test('eight dispatchers at once never go over a limit and grant everything that fits', async () => {
  const tenant = await aTenant(db, { max_concurrent_builds: 7, max_concurrent_per_project: 4 });
  const projects = [await aProject(db, tenant), await aProject(db, tenant)];
  const builds: string[] = [];
  for (let index = 0; index < 20; index += 1) {
    builds.push((await aBuild(db, tenant, projects[index % 2]!.id)).id);
  }
  const workers = await Promise.all(
    [4, 3, 2].map((slots) => aWorker(db, { tenantId: tenant.tenantId, slots })),
  );
  const dispatcher = createDispatcher(db.controller);
  const broken: string[] = [];
  const sample = async (): Promise<void> => {
    const { rows } = await sql<{ tenant: number; project: number; over: number }>`
      SELECT count(*)::int AS tenant,
             coalesce(max(count(*)) OVER (), 0)::int AS project,
             (SELECT count(*)::int FROM build_workers WHERE tenant_id = ${tenant.tenantId} AND current_builds_count > concurrent_builds_limit) AS over
      FROM leases WHERE tenant_id = ${tenant.tenantId} AND state IN ('granted', 'active')
      GROUP BY project_id`.execute(db.admin);
    const sum = rows.reduce((total, row) => total + row.tenant, 0);
    if (sum > 7 || rows.some((row) => row.tenant > 4 || row.over > 0)) broken.push(JSON.stringify(rows));
  };

  const finished = new Set<string>();
  while (finished.size < builds.length) {
    const answers = await Promise.all(
      builds
        .filter((id) => !finished.has(id))
        .slice(0, 8)
        .map(async (id) => {
          const answer = await dispatcher.requestLease(id);
          await sample();
          return answer;
        }),
    );
    for (const answer of answers) {
      if (answer.kind !== 'granted') continue;
      await createFinished(answer.lease.buildId);
      await dispatcher.release(answer.lease);
      finished.add(answer.lease.buildId);
    }
  }

  expect(broken).toEqual([]);
  const counts = await db.controller
    .selectFrom('build_workers')
    .select('current_builds_count')
    .where(
      'id',
      'in',
      workers.map((worker) => worker.workerId),
    )
    .execute();
  expect(counts.map((row) => row.current_builds_count)).toEqual([0, 0, 0]);
});

/** Ends a build so that its slot is not asked for again. */
async function createFinished(buildId: string): Promise<void> {
  await sql`UPDATE builds SET status = 'failed', completed_at = clock_timestamp() WHERE id = ${buildId}`.execute(
    db.controller,
  );
}

test('a second valid lease of a build is refused by the schema', async () => {
  const { build } = await aGrantedBuild(db);
  const copy = sql`
    INSERT INTO leases (tenant_id, project_id, build_id, build_method, attempt, worker_id, fence, granted_at, expires_at)
    SELECT tenant_id, project_id, build_id, build_method, attempt + 1, worker_id, fence + 1, granted_at, expires_at
    FROM leases WHERE build_id = ${build.id}`.execute(db.admin);
  await expect(copy).rejects.toThrow('leases_one_valid_per_build');
});

test('a slot that does not exist is refused by the schema', async () => {
  const worker = await aWorker(db, { slots: 1, tenantId: (await aTenant(db)).tenantId });
  const take = sql`UPDATE build_workers SET current_builds_count = 2 WHERE id = ${worker.workerId}`.execute(
    db.admin,
  );
  await expect(take).rejects.toThrow('has no free slot');
});

test('the next attempt goes to a worker that the build has not tried', async () => {
  const { tenant, worker, build, lease } = await aGrantedBuild(db);
  const other = await aWorker(db, { tenantId: tenant.tenantId, slots: 1 });

  await createDispatcher(db.controller).loseAttempt(lease);

  const answer = await createDispatcher(db.controller).requestLease(build.id);
  expect(answer).toMatchObject({
    kind: 'granted',
    workerId: other.workerId,
    lease: { attempt: 2, fence: 3 },
  });
  expect(other.workerId).not.toBe(worker.workerId);
});
