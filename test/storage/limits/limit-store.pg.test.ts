import { sql } from 'kysely';
import { effectiveLimits } from '../../../src/domain/limits/effective-limits.js';
import { LIMIT_NAMES, LIMITS } from '../../../src/domain/limits/limit-table.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLimitStore } from '../../../src/storage/limits/limit-store.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import {
  aBuild,
  aFailure,
  anOutcome,
  aProject,
  aRunningBuild,
  aTenant,
  aWorker,
  finish,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const store = () => createLimitStore(db.api);

test.each(LIMIT_NAMES)('the column %s has the bounds of the table of limits', async (name) => {
  const { rows } = await sql<{ definition: string }>`
    SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE conrelid = 'build_limits'::regclass AND conname = ${`build_limits_${name}_check`}`.execute(
    db.admin,
  );
  const bounds = [...(rows[0]?.definition ?? '').matchAll(/\d+/g)].map(([digits]) => Number(digits));
  expect(bounds).toEqual([LIMITS[name].floor, LIMITS[name].ceiling]);
});

test('the table has a column for every limit and no other', async () => {
  const { rows } = await sql<{ name: string }>`
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = 'build_limits'::regclass AND attnum > 0 AND atttypid = 'bigint'::regtype`.execute(
    db.admin,
  );
  expect(rows.map((row) => row.name).sort()).toEqual([...LIMIT_NAMES].sort());
});

test('limits of a tenant and of a project are kept apart, and one can be taken back', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const every = Object.fromEntries(LIMIT_NAMES.map((name) => [name, LIMITS[name].floor]));
  await store().change(tenant, null, every);
  await store().change(tenant, project.id, { image_max_bytes: 5000, log_head_bytes: 6000 });
  await store().change(tenant, project.id, { log_head_bytes: null });

  expect(await store().read(tenant, project.id)).toEqual({
    tenant: every,
    project: { image_max_bytes: 5000 },
  });
  expect(await store().read(tenant, null)).toEqual({ tenant: every, project: {} });
  expect(await store().greatestOfProjects(tenant)).toEqual({ image_max_bytes: 5000 });
});

test('the queue time of a tenant is that of its policy, beside its other limits of the queue', async () => {
  const tenant = await aTenant(db, { max_concurrent_builds: 3 });
  await store().change(tenant, null, { max_queued_wait_minutes: 7 });
  const row = await db.controller
    .selectFrom('build_concurrency_policies')
    .select(['max_queued_wait_minutes', 'max_concurrent_builds'])
    .where('tenant_id', '=', tenant.tenantId)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ max_queued_wait_minutes: 7, max_concurrent_builds: 3 });
  expect((await store().read(tenant, null)).tenant).toEqual({ max_queued_wait_minutes: 7 });
});

test('no tenant sees or sets the limits of another', async () => {
  const [tenant, other] = [await aTenant(db), await aTenant(db)];
  const project = await aProject(db, tenant);
  await store().change(tenant, project.id, { image_max_bytes: 5000 });
  expect(await store().read(other, project.id)).toEqual({ tenant: {}, project: {} });
  await expect(store().change(other, project.id, { image_max_bytes: 9000 })).rejects.toThrow();
  expect((await store().read(tenant, project.id)).project).toEqual({ image_max_bytes: 5000 });
});

test('a value beyond the bounds is refused by the database too', async () => {
  const tenant = await aTenant(db);
  const change = store().change(tenant, null, { log_tail_bytes: LIMITS.log_tail_bytes.ceiling + 1 });
  await expect(change).rejects.toThrow();
});

test('a build keeps the limits it was accepted with, whatever is set later, and its run gets them', async () => {
  const limits = effectiveLimits({ project: { step_timeout_seconds: 60 }, tenant: { log_head_bytes: 4096 } });
  const { tenant, build, project, worker, lease } = await aRunningBuild(db, { limits });
  await store().change(tenant, project.id, { step_timeout_seconds: 5 });

  const gate = createLeaseGate(db.api);
  const { run } = await gate.acknowledge(worker.workerId, lease.leaseId, lease.fence);

  expect(run.limits).toEqual(limits);
  expect((await createBuildStore(db.api).config(tenant, build.id)).limits).toEqual(limits);
});

test('a retry gets the limits of now, and no more time than they give', async () => {
  const running = await aRunningBuild(db);
  await finish(db, running.holder, aFailure());
  await createRecorder(db.controller).record(running.build.id, running.lease, { kind: 'run_failed' });
  const limits = effectiveLimits({ project: { build_timeout_seconds: 30, image_max_bytes: 9000 } });
  const builds = createBuildStore(db.api);

  const { build } = await builds.retry(running.tenant, {
    buildId: running.build.id,
    limits,
    judge: () => {},
    resumeFrom: 'source',
    idempotency: null,
  });

  expect(await builds.config(running.tenant, build.id)).toMatchObject({ limits, buildTimeoutMs: 30_000 });
});

test('a step that ran too long makes the result of the build a timeout', async () => {
  const running = await aRunningBuild(db);
  const failure = { ...aFailure().failure!, code: 'step_timeout' as const, message: 'Step 2 ran too long.' };
  await finish(db, running.holder, anOutcome({ result: 'failed', image: null, failure }));
  await createRecorder(db.controller).record(running.build.id, running.lease, { kind: 'run_failed' });
  expect(await createBuildStore(db.api).get(running.tenant, running.build.id)).toMatchObject({
    status: 'failed',
    result: { status: 'timeout', failure_code: 'step_timeout', failure_step: 2 },
  });
});

test('a build that waited or ran too long says how long was allowed', async () => {
  const limits = effectiveLimits({ tenant: { max_queued_wait_minutes: 90 } });
  const tenant = await aTenant(db);
  const waited = await aBuild(db, tenant, (await aProject(db, tenant)).id, { limits });
  await createRecorder(db.controller).record(waited.id, null, { kind: 'queue_timeout' });
  const ran = await aRunningBuild(db, { buildTimeoutMs: 90_000 });
  await createRecorder(db.controller).record(ran.build.id, ran.lease, { kind: 'build_timeout' });

  const builds = createBuildStore(db.api);
  expect((await builds.get(tenant, waited.id)).result.failure_reason).toBe(
    'The build waited in the queue (no build host for buildx is online) longer than the limit max_queued_wait_minutes (90m, set for the tenant). Raise it: kiln limits set max_queued_wait_minutes=VALUE',
  );
  expect((await builds.get(ran.tenant, ran.build.id)).result.failure_reason).toBe(
    'The build ran longer than its timeout of 90s.',
  );
});

test('a host whose disk is short of its reserve gets no build until it has room again', async () => {
  const tenant = await aTenant(db);
  const low = { free_bytes: 99, reserve_bytes: 100 };
  const worker = await aWorker(db, { tenantId: tenant.tenantId, disk: low });
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  const dispatcher = createDispatcher(db.controller);
  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'waiting' });
  const builds = createBuildStore(db.api);
  expect((await builds.get(tenant, build.id)).queue_reason).toBe(
    `no build host takes new builds: ${worker.name} has 99 B free and keeps 100 B in reserve`,
  );

  await createLeaseGate(db.api).heartbeat(worker.workerId, {
    slots: 1,
    methods: ['buildx'],
    zone: null,
    labels: {},
    disk: { free_bytes: 100, reserve_bytes: 100 },
  });

  expect(await dispatcher.requestLease(build.id)).toMatchObject({ kind: 'granted' });
  expect((await builds.get(tenant, build.id)).queue_reason).toBeNull();
});
