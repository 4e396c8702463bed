import { sql } from 'kysely';
import { dayAfter } from '../../../src/domain/stats/local-days.js';
import { sumCounts } from '../../../src/domain/stats/performance.js';
import type { TestReport } from '../../../src/domain/tests/test-report.js';
import { standingProjects } from '../../../src/storage/base-images/standing-projects.js';
import { createBuildRetentionStore } from '../../../src/storage/build-retention/build-retention-store.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createQueueStore } from '../../../src/storage/dispatch/queue-store.js';
import { createBadgeStore } from '../../../src/storage/identity/badge-store.js';
import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { createLimitStore } from '../../../src/storage/limits/limit-store.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { inTenant } from '../../../src/storage/in-tenant.js';
import { createRollUp } from '../../../src/storage/stats/roll-up.js';
import { createStatsStore } from '../../../src/storage/stats/stats-store.js';
import { transact } from '../../../src/storage/transact.js';
import { aBuild, anImage, aProject } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { aStagedWhatIf, aSuccess, aWhatIf, startWhatIf } from '../../support/what-ifs.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** A change of a project that changes nothing. */
const UNCHANGED = {
  ...{ name: undefined, imageRepository: undefined, destinations: undefined },
  ...{ defaults: undefined, gate: undefined },
};

test('what is newest, and what is watched and listed, is that of builds that are published', async () => {
  const success = await aSuccess(db);
  await createProjectStore(db.api).update(success.tenant, success.project.id, {
    ...UNCHANGED,
    baseImageWatch: { canary: false, branch: null },
  });
  const whatIf = await aStagedWhatIf(db, success);
  const filter = {
    ...{ projectId: success.project.id, number: null, status: null, gateStatus: null },
    ...{ branch: null, method: null, commit: null, limit: 10, cursor: null },
  };
  const store = createBuildStore(db.api);
  const ids = async (whatIfs: 'only' | 'without' | null): Promise<string[]> =>
    (await store.list(success.tenant, { ...filter, whatIfs })).items.map(({ id }) => id);
  expect(await ids(null)).toEqual([whatIf.id, success.build.id]);
  expect(await ids('without')).toEqual([success.build.id]);
  expect(await ids('only')).toEqual([whatIf.id]);
  const standing = await transact(db.controller, (tx) => standingProjects(tx, success.tenant.tenantId));
  expect(standing.map(({ buildId }) => buildId)).toEqual([success.build.id]);
  const images = await createImageStore(db.api).list(success.tenant, {
    ...{ projectId: success.project.id, limit: 10, cursor: null },
  });
  expect(images.items.map((image) => image.manifest_digest)).toEqual([anImage('built').manifestDigest]);
});

test('nobody is told of a what-if', async () => {
  const success = await aSuccess(db);
  await inTenant(db.api, success.tenant.tenantId, (tx) =>
    tx
      .insertInto('notification_targets')
      .values({
        ...{ tenant_id: success.tenant.tenantId, target_name: 't', target_kind: 'webhook' },
        ...{ url: 'https://r.example', events: JSON.stringify(['queued', 'success']), key_id: 'k' },
        ...{ wrapped_key: Buffer.of(1), ciphertext: Buffer.of(1) },
      })
      .execute(),
  );
  const whatIf = await aStagedWhatIf(db, success);
  const other = await aBuild(db, success.tenant, success.project.id);
  const { rows } = await sql<{ build_id: string }>`
    SELECT build_id FROM notification_deliveries WHERE build_id IN (${whatIf.id}, ${other.id})`.execute(
    db.controller,
  );
  expect(rows).toEqual([{ build_id: other.id }]);
});

test('a what-if that fails changes no badge, and counts in no figures', async () => {
  const success = await aSuccess(db);
  const badges = createBadgeStore(db.api);
  const { token } = await badges.switchOn(success.tenant, success.project.id);
  const build = await aWhatIf(db, success);
  const { lease } = await startWhatIf(db, success, build.id);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'build_timeout' });
  expect(await badges.read(token, success.project.slug, null)).toEqual({ status: 'success' });
  const today = new Date().toISOString().slice(0, 10);
  const range = { from: dayAfter(today, -1), until: dayAfter(today, 1) };
  const rollUp = createRollUp(db.controller);
  await rollUp.spreadChanges(1_000);
  while ((await rollUp.countNextDay()) !== null);
  const stats = createStatsStore(db.api);
  for (const query of [null, success.project.id].map((projectId) => ({ range, projectId }))) {
    const { totalBuilds, failed } = sumCounts((await stats.days(success.tenant, query)).days);
    expect([totalBuilds, failed]).toEqual([1, 0]);
    expect((await stats.outcomes(success.tenant, query, 'method', 10)).items).toMatchObject([{ failed: 0 }]);
  }
});

/** How long the lease of a build was, told anew. */
const tookMinutes = (buildId: string, minutes: number) =>
  sql`UPDATE leases SET ended_at = granted_at + ${minutes} * interval '1 minute' WHERE build_id = ${buildId}`.execute(
    db.admin,
  );

test('when a build may start is told by what builds took that count', async () => {
  const success = await aSuccess(db);
  const { tenant, project, worker } = success;
  await tookMinutes(success.build.id, 7);
  for (const minutes of [1, 1, 1]) {
    const { id } = await aStagedWhatIf(db, success, anImage('other'), {}, { build_args: { B: '2' } });
    await tookMinutes(id, minutes);
  }
  await sql`UPDATE build_workers SET concurrent_builds_limit = 1 WHERE id = ${worker.workerId}`.execute(
    db.admin,
  );
  const apart = async (): Promise<number> => {
    const { items } = await createQueueStore(db.api).read(tenant);
    const [first, second] = items.map((item) => Date.parse(item.expected_start_at!));
    return Math.round((second! - first!) / 60_000);
  };
  await aBuild(db, tenant, project.id);
  await aBuild(db, tenant, project.id);
  expect(await apart()).toBe(7);
  // Another project, which has no runs of its own, goes by those of this one.
  await sql`UPDATE builds SET cancel_requested_at = now() WHERE project_id = ${project.id} AND status = 'queued'`.execute(
    db.admin,
  );
  const other = await aProject(db, tenant);
  await aBuild(db, tenant, other.id);
  await aBuild(db, tenant, other.id);
  expect(await apart()).toBe(7);
});

test('a test that ends otherwise in a what-if is not flaky', async () => {
  const report = (status: 'passed' | 'failed'): TestReport => ({
    ...{ passed: 0, failed: 0, skipped: 0, suites: 1, durationMs: 1, [status]: 1 },
    cases: [{ suite: 's', className: 'c', name: 'n', status, durationMs: 1, message: null, failedTries: 0 }],
  });
  const git = { commit: 'c'.repeat(40), branch: 'main', author: null, message: null };
  const success = await aSuccess(db, { git }, { tests: report('passed') });
  await aStagedWhatIf(db, success, anImage('other'), { tests: report('failed') });
  expect(
    await createBuildStore(db.api).flakyTests(success.tenant, success.project.id, { builds: 50, limit: 10 }),
  ).toEqual({ builds: 1, items: [] });
});

test('the newest builds of a branch, or of none, stay whatever what-ifs came after; what-ifs are a row of their own', async () => {
  const git = { commit: null, branch: null, author: null, message: null };
  const success = await aSuccess(db, { git });
  const { tenant, project, build } = success;
  const store = createBuildRetentionStore(db.api, { installationLogDays: null });
  await store.change(tenant, project.id, { keep_builds: 1 });
  const first = await aStagedWhatIf(db, success);
  const second = await aStagedWhatIf(db, success);
  await sql`UPDATE build_results SET cleanup_status = 'completed' WHERE build_id IN (${first.id}, ${second.id})`.execute(
    db.admin,
  );
  await sql`DELETE FROM build_attestations`.execute(db.admin);
  await sql`UPDATE builds SET staging_kept_until = NULL WHERE project_id = ${project.id}`.execute(db.admin);
  const verdicts = async () => {
    const { goes, stays } = await store.preview(tenant, project.id);
    const told = (all: typeof goes) => all.map(({ build_id: id, because }) => [id, because]);
    return { goes: told(goes), stays: told(stays) };
  };
  expect(await verdicts()).toEqual({
    goes: [[first.id, 'it is number 2 of the what-ifs']],
    stays: [
      [second.id, 'it is the newest success of the what-ifs'],
      [build.id, 'it is the newest success of the builds of no branch'],
    ],
  });
});

test('the build that a what-if is compared with stays until that is over', async () => {
  const git = { commit: null, branch: 'main', author: null, message: null };
  const success = await aSuccess(db, { git });
  const { tenant, project, build } = success;
  const store = createBuildRetentionStore(db.api, { installationLogDays: null });
  await store.change(tenant, project.id, { keep_builds: 1 });
  await aWhatIf(db, success);
  await sql`DELETE FROM build_attestations`.execute(db.admin);
  // The branch has had another success since.
  await sql`INSERT INTO builds SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(), 'build_number', 9))).* FROM builds b WHERE b.id = ${build.id}`.execute(
    db.admin,
  );
  const because = async (): Promise<string | undefined> => {
    const { goes, stays } = await store.preview(tenant, project.id);
    return [...goes, ...stays].find((one) => one.build_id === build.id)?.because;
  };
  expect(await because()).toBe(`it is compared with ${project.slug}#2, which is not over`);
});

test('a what-if whose image was made from one of a build keeps no build', async () => {
  const git = { commit: null, branch: 'main', author: null, message: null };
  const success = await aSuccess(db, { git });
  const { tenant, project, build } = success;
  const store = createBuildRetentionStore(db.api, { installationLogDays: null });
  await store.change(tenant, project.id, { keep_builds: 1 });
  const whatIf = await aStagedWhatIf(db, success);
  await sql`UPDATE build_base_images SET digest = ${anImage('built').manifestDigest} WHERE build_id = ${whatIf.id} AND is_base`.execute(
    db.admin,
  );
  await sql`UPDATE build_results SET cleanup_status = 'completed' WHERE build_id = ${build.id}`.execute(
    db.admin,
  );
  await sql`DELETE FROM build_attestations`.execute(db.admin);
  await sql`UPDATE builds SET staging_kept_until = NULL WHERE project_id = ${project.id}`.execute(db.admin);
  // The branch has had another success since.
  await sql`INSERT INTO builds SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(), 'build_number', 9))).* FROM builds b WHERE b.id = ${build.id}`.execute(
    db.admin,
  );
  await sql`DELETE FROM image_tags`.execute(db.admin);
  const { goes, stays } = await store.preview(tenant, project.id);
  const because = [...goes, ...stays].find((one) => one.build_id === build.id)?.because;
  expect(because).toBe('it is number 2 of the branch main');
});

test('a newer build of the branch takes the place of no what-if, which has its source but not its branch', async () => {
  const source = {
    ...{ kind: 'git' as const, url: 'https://git.example/app.git', ref: 'main', folder: null },
    ...{ submodules: false, lfs: false, depth: 1 },
  };
  const success = await aSuccess(db, { source });
  const { tenant, project } = success;
  await createLimitStore(db.api).change(
    tenant,
    null,
    {},
    { max_concurrent_builds: 1, on_limit: 'supersede' },
  );
  const { id } = await aWhatIf(db, success);
  const git = { commit: null, branch: 'main', author: null, message: null };
  const older = await aBuild(db, tenant, project.id, { git });
  await aBuild(db, tenant, project.id, { git });
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM builds WHERE project_id = ${project.id} AND cancel_requested_at IS NOT NULL`.execute(
    db.admin,
  );
  expect(rows).toEqual([{ id: older.id }]);
  const { rows: configs } = await sql`SELECT git_ref FROM build_configs WHERE build_id = ${id}`.execute(
    db.admin,
  );
  expect(configs).toEqual([{ git_ref: 'main' }]);
});
