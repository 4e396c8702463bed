import { sql } from 'kysely';
import { removeBuilds } from '../../../src/storage/build-retention/remove-builds.js';
import { createTenantStore } from '../../../src/storage/identity/tenant-store.js';
import { createRollUp } from '../../../src/storage/stats/roll-up.js';
import { createStatsStore } from '../../../src/storage/stats/stats-store.js';
import { transact } from '../../../src/storage/transact.js';
import { aProject, aTenant, aWorker } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { writeEnded } from './random-builds.js';
import type { KnownBuild } from './recount.js';

const NOON = Date.parse('2026-05-04T12:00:00Z');
const range = { from: '2026-05-04', until: '2026-05-04' };
const whole = { range, projectId: null };
let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

async function countAll(): Promise<void> {
  const rollUp = createRollUp(db.controller);
  while ((await rollUp.spreadChanges(1_000)) > 0);
  while ((await rollUp.countNextDay()) !== null);
}

const aBuild = (status: KnownBuild['status'], method = 'buildx', ran = true): KnownBuild => ({
  ...{ createdMs: NOON, status, method, failureCode: status === 'failed' ? 'disk_full' : null },
  ...{ durationMs: 1_000, waitMs: 0, branch: null, steps: [0, 0], layers: null },
  attempts: ran ? [{ startedMs: NOON, endedMs: NOON + 1_000 }] : [],
});

/** A tenant with two projects: the first has five builds, of which one waits for ever, the other one. */
async function aHouse() {
  const tenant = await aTenant(db);
  const { workerId, name: worker } = await aWorker(db);
  const [first, second] = [await aProject(db, tenant), await aProject(db, tenant)];
  const place = { tenantId: tenant.tenantId, workerId, first: 1 };
  const builds = [
    aBuild('success'),
    aBuild('failed'),
    aBuild('success', 'kaniko'),
    aBuild('cancelled', 'buildx', false),
  ];
  await writeEnded(db.controller, { ...place, projectId: first.id }, builds);
  await writeEnded(db.controller, { ...place, projectId: second.id }, [
    { ...aBuild('success'), createdMs: NOON + 60_000 },
  ]);
  return { tenant, worker, first, second };
}

async function addSteps(projectId: string, steps: [string, number | null, boolean, string][]): Promise<void> {
  for (const [index, [name, ms, cached, status]] of steps.entries())
    await sql`
      INSERT INTO build_steps (tenant_id, build_id, attempt, step_number, step_name, instruction_type, status, cached, duration_milliseconds)
      SELECT tenant_id, id, 1, ${index + 1}, ${name}, 'RUN', ${status}, ${cached}, ${ms} FROM builds
      WHERE project_id = ${projectId} AND build_number = 1`.execute(db.controller);
}

test('the slowest steps are those that ran, by project and name', async () => {
  const { tenant, first, second } = await aHouse();
  const runs = Array.from({ length: 20 }, (_, index) => ['RUN make', (index + 1) * 100, false, 'success']);
  await addSteps(first.id, [
    ...(runs as [string, number, boolean, string][]),
    ['RUN make', 9_999, true, 'success'],
    ['RUN make', 9_999, false, 'failed'],
    ['RUN test', null, false, 'success'],
  ]);
  await addSteps(second.id, [['RUN make', 1_950, false, 'success']]);
  const stats = createStatsStore(db.api);
  expect(await stats.slowSteps(tenant, whole, 10)).toEqual({
    ...{ builds: 5, isWhole: true },
    items: [
      {
        ...{ project: second.slug, step_name: 'RUN make', count: 1 },
        ...{ p50_milliseconds: 1_950, p95_milliseconds: 1_950 },
      },
      {
        ...{ project: first.slug, step_name: 'RUN make', count: 20 },
        ...{ p50_milliseconds: 1_000, p95_milliseconds: 1_900 },
      },
    ],
  });
  const ofOne = await stats.slowSteps(tenant, { range, projectId: first.id }, 10);
  expect([ofOne.builds, ofOne.items.length]).toEqual([4, 1]);
  expect((await stats.slowSteps(tenant, whole, 1)).items).toHaveLength(1);
});

test('use of the cache is that of instructions that succeeded, and of layers that were there before', async () => {
  const { tenant, first, second } = await aHouse();
  await addSteps(first.id, [
    ['RUN a', 1, true, 'success'],
    ['RUN b', 1, true, 'success'],
    ['RUN c', 1, false, 'success'],
    ['RUN d', 1, false, 'failed'],
  ]);
  await sql`UPDATE build_metrics m SET total_layers = 4, reused_layers = 3, new_layers = 1
    FROM builds b WHERE b.id = m.build_id AND project_id = ${first.id} AND build_number < 3`.execute(
    db.controller,
  );
  const stats = createStatsStore(db.api);
  expect(await stats.cacheUse(tenant, whole)).toEqual({ builds: 0, isCurrent: false, items: [] });
  await countAll();
  const item = { project: first.slug, steps: 3, cached_steps: 2, layers: 8, reused_layers: 6 };
  expect(await stats.cacheUse(tenant, whole)).toEqual({ builds: 5, isCurrent: true, items: [item] });
  const [ofFirst, ofSecond] = await Promise.all(
    [first, second].map(({ id }) => stats.cacheUse(tenant, { range, projectId: id })),
  );
  expect([ofFirst, ofSecond]).toEqual([
    { builds: 4, isCurrent: true, items: [item] },
    { builds: 1, isCurrent: true, items: [] },
  ]);
});

test('what retention has removed stays counted when its day is counted again', async () => {
  const { tenant, first } = await aHouse();
  await addSteps(first.id, [
    ['RUN a', 1, true, 'success'],
    ['RUN b', 1, false, 'success'],
  ]);
  await countAll();
  const stats = createStatsStore(db.api);
  const before = await stats.cacheUse(tenant, whole);
  expect(before.items).toMatchObject([{ steps: 2, cached_steps: 1 }]);
  const ended = await db.controller
    .selectFrom('builds')
    .select('id')
    .where('project_id', '=', first.id)
    .where('completed_at', 'is not', null)
    .execute();
  const of = { tenantId: tenant.tenantId, projectId: first.id };
  await transact(db.controller, (tx) =>
    removeBuilds(
      tx,
      of,
      ended.map(({ id }) => ({ id, because: 'it is old' })),
    ),
  );
  const { rows } = await sql`SELECT FROM build_steps s JOIN builds b ON b.id = s.build_id
    WHERE b.project_id = ${first.id}`.execute(db.controller);
  expect(rows).toHaveLength(0);

  await createTenantStore(db.api).setZone(tenant, 'Pacific/Kiritimati');
  await countAll();
  const next = { range: { from: '2026-05-05', until: '2026-05-05' }, projectId: null };
  expect(await stats.cacheUse(tenant, next)).toEqual(before);
});

test('outcomes are told by method, by branch, and by the worker of the last attempt', async () => {
  const { tenant, worker, first, second } = await aHouse();
  await countAll();
  await sql`UPDATE builds SET branch = 'main' WHERE project_id = ${first.id} AND build_number < 3`.execute(
    db.controller,
  );
  await countAll();
  const stats = createStatsStore(db.api);
  const by = async (kind: 'branch' | 'method' | 'worker', projectId: string | null = null) =>
    (await stats.outcomes(tenant, { range, projectId }, kind, 10)).items.map((item) => [
      ...[item.name, item.total_builds, item.successful, item.failed, item.cancelled],
    ]);
  expect(await by('method')).toEqual([
    ['buildx', 4, 2, 1, 1],
    ['kaniko', 1, 1, 0, 0],
  ]);
  expect(await by('branch')).toEqual([
    [null, 3, 2, 0, 1],
    ['main', 2, 1, 1, 0],
  ]);
  expect(await by('worker')).toEqual([[worker, 4, 3, 1, 0]]);
  expect(await by('branch', second.id)).toEqual([[null, 1, 1, 0, 0]]);
  const one = await stats.outcomes(tenant, whole, 'branch', 1);
  expect([one.builds, one.isCurrent, one.items.length]).toEqual([5, true, 1]);
});

test('a build that two workers have tried counts for the last', async () => {
  const tenant = await aTenant(db);
  const [before, last] = [await aWorker(db), await aWorker(db)];
  const { id: projectId } = await aProject(db, tenant);
  const build = aBuild('success');
  const place = { tenantId: tenant.tenantId, projectId, workerId: last.workerId, first: 1 };
  await writeEnded(db.controller, place, [{ ...build, attempts: [...build.attempts, ...build.attempts] }]);
  await sql`UPDATE attempts SET worker_id = ${before.workerId} WHERE tenant_id = ${tenant.tenantId} AND attempt = 1`.execute(
    db.admin,
  );
  await countAll();
  const { items } = await createStatsStore(db.api).outcomes(tenant, whole, 'worker', 10);
  expect(items.map(({ name, total_builds }) => [name, total_builds])).toEqual([[last.name, 1]]);
});

test('a range is one of the zone of the tenant, and another tenant sees nothing of it', async () => {
  const { tenant } = await aHouse();
  await createTenantStore(db.api).setZone(tenant, 'Pacific/Kiritimati');
  await countAll();
  const stats = createStatsStore(db.api);
  expect((await stats.cacheUse(tenant, whole)).builds).toBe(0);
  const next = { range: { from: '2026-05-05', until: '2026-05-05' }, projectId: null };
  expect((await stats.cacheUse(tenant, next)).builds).toBe(5);
  expect((await stats.cacheUse(await aTenant(db), next)).builds).toBe(0);
  expect((await createTenantStore(db.api).get(tenant)).timeZone).toBe('Pacific/Kiritimati');
});
