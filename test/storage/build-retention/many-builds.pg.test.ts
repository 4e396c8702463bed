import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedOldBuilds } from '../../../bench/old-builds.mjs';
import { createBuildPruner } from '../../../src/storage/build-retention/build-pruner.js';
import { createBuildRetentionStore } from '../../../src/storage/build-retention/build-retention-store.js';
import { createContentIndex } from '../../../src/storage/contents/content-index.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const BUILDS = Number(process.env['N'] ?? 100_000);
const RULES = { keep_builds: 40, older_than_days: 20 };
const DETAILS = [
  ...['build_steps', 'build_logs', 'build_metrics', 'build_warnings'],
  ...['build_test_reports', 'build_test_results', 'build_artifacts'],
];

/** Each tenth build has some. */
const ROWS_OF_TENTHS = ['build_warnings', 'build_test_reports', 'build_test_results'];

let db: FreshDatabase;
let of: { tenantId: string; projectId: string };
let beside: { tenantId: string; projectId: string };
beforeAll(async () => {
  db = await freshDatabase();
  of = await seedOldBuilds(db.admin, { builds: BUILDS, days: 60 });
  beside = await seedOldBuilds(db.admin, { builds: 500, days: 60, tenantId: of.tenantId });
}, 600_000);
afterAll(() => db.close());

interface Row {
  readonly id: string;
  readonly build_number: number;
  readonly branch: string | null;
  readonly status: string;
  readonly completed_at: Date | null;
}

/** What must go by the words of docs/retention.md, build after build, from the rows of builds and what the test has made need some. */
function whatMustGo(builds: readonly Row[], needed: ReadonlySet<string>, now: number): Set<string> {
  const goes = new Set<string>();
  for (const branch of new Set(builds.map((build) => build.branch))) {
    const newestFirst = builds
      .filter((build) => build.branch === branch)
      .toSorted((a, b) => b.build_number - a.build_number);
    const lastGood = newestFirst.find(({ status }) => status === 'success');
    for (const [place, build] of newestFirst.entries()) {
      if (build.completed_at === null || build === lastGood || needed.has(build.id)) continue;
      if (place < RULES.keep_builds) continue;
      if (now - build.completed_at.getTime() <= RULES.older_than_days * 86_400_000) continue;
      goes.add(build.id);
    }
  }
  return goes;
}

/** Makes things that need the builds of these numbers. */
async function need(): Promise<void> {
  const build = (number: number) =>
    sql`(SELECT id FROM builds WHERE project_id = ${of.projectId} AND build_number = ${number})`;
  const statements = [
    // 1 was retried as 2, and 2 as the newest build, which is queued.
    sql`UPDATE build_results SET is_retry = true, retry_count = 1, original_build_id = ${build(1)}, retry_of_build_id = ${build(1)} WHERE build_id = ${build(2)}`,
    sql`UPDATE build_results SET is_retry = true, retry_count = 2, original_build_id = ${build(1)}, retry_of_build_id = ${build(2)} WHERE build_id = ${build(BUILDS)}`,
    sql`UPDATE build_configs SET resume_from = 'publish', resume_build_id = ${build(3)} WHERE build_id = ${build(BUILDS - 1)}`,
    sql`UPDATE builds SET staging_kept_until = now() + interval '1 hour' WHERE id = ${build(4)}`,
    sql`UPDATE build_results SET cleanup_status = 'failed' WHERE build_id = ${build(5)}`,
    sql`INSERT INTO tag_moves (mover_id, tenant_id, build_id, repository, tag, last_tried_at) VALUES (gen_random_uuid(), ${of.tenantId}, ${build(6)}, 'r.example/old', 'edge', now())`,
    sql`INSERT INTO build_attestations (build_id, tenant_id, state, requested_at) VALUES (${build(7)}, ${of.tenantId}, 'pending', now())`,
    sql`WITH move AS (INSERT INTO base_image_moves (tenant_id, reference, from_digest, to_digest, seen_at)
          VALUES (${of.tenantId}, 'r.example/base:1', 'sha256:a', 'sha256:b', now()) RETURNING id)
        INSERT INTO base_image_rebuilds (tenant_id, move_id, project_id, position, from_build_id) SELECT ${of.tenantId}, id, ${of.projectId}, 1, ${build(8)} FROM move`,
    // The tag v1 points at the image of 9; the image of 11 is the base of the one of 12; the tag 10 is the number of its build.
    sql`INSERT INTO images (tenant_id, project_id, manifest_digest, image_repository, first_build_id, last_build_id, created_at, last_built_at)
        SELECT ${of.tenantId}, ${of.projectId}, 'sha256:image-' || n, 'r.example/old', id, id, now(), now()
        FROM (SELECT id, build_number AS n FROM builds WHERE project_id = ${of.projectId} AND build_number BETWEEN 9 AND 12) b`,
    sql`UPDATE builds b SET image_id = i.id, destinations = jsonb_build_array('r.example/old:v1', 'r.example/old:latest') FROM images i WHERE i.last_build_id = b.id`,
    sql`UPDATE builds SET destinations = '["r.example/old:10", "r.example/old:latest"]' WHERE id = ${build(10)}`,
    sql`INSERT INTO image_tags (tenant_id, repository, tag, manifest_digest, build_id, moved_at)
        VALUES (${of.tenantId}, 'r.example/old', 'v1', 'sha256:image-9', ${build(9)}, now()), (${of.tenantId}, 'r.example/old', '10', 'sha256:image-10', ${build(10)}, now())`,
    sql`INSERT INTO build_base_images (tenant_id, build_id, position, reference, digest, is_base) VALUES (${of.tenantId}, ${build(12)}, 1, 'r.example/old:v1', 'sha256:image-11', true)`,
  ];
  for (const statement of statements) await statement.execute(db.admin);
  // A branch that has not succeeded for long, and no build that grows too old while the test runs.
  await db.admin.transaction().execute(async (tx) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(tx);
    await sql`UPDATE builds SET branch = 'quiet', status = CASE build_number WHEN 100 THEN 'success' ELSE 'failed' END
      WHERE project_id = ${of.projectId} AND build_number BETWEEN 100 AND 199`.execute(tx);
    await sql`UPDATE builds SET completed_at = completed_at - interval '2 hours'
      WHERE completed_at BETWEEN now() - interval '481 hours' AND now() - interval '479 hours'`.execute(tx);
  });
}

const buildsOf = (projectId: string) =>
  db.admin
    .selectFrom('builds')
    .select(['id', 'build_number', 'branch', 'status', 'completed_at', 'removed_at'])
    .where('project_id', '=', projectId)
    .execute();

test('of 100,000 builds those go that no rule keeps and nothing needs, with all that hangs on them, though the work is cut off again and again', async () => {
  await need();
  const tenant = { tenantId: of.tenantId, userId: null } as never;
  const store = createBuildRetentionStore(db.api, { installationLogDays: null });
  await store.change(tenant, of.projectId, RULES);
  const before = await buildsOf(of.projectId);
  const needed = new Set(
    before.filter((one) => [1, 2, 3, 4, 5, 6, 7, 8, 9, 11].includes(one.build_number)).map(({ id }) => id),
  );
  const goes = whatMustGo(before, needed, Date.now());
  expect(goes.size).toBeGreaterThan(BUILDS * 0.6);
  const preview = await store.preview(tenant, of.projectId);
  expect([preview.goes_count, preview.stays_count]).toEqual([goes.size, BUILDS - goes.size]);

  // No build waits for the time that is left to builds.
  const pruner = createBuildPruner(db.controller, { installationLogDays: null, pauseFactor: 0 });
  const [pruneId = ''] = await pruner.openAll();
  for (let isOver = false, round = 1; !isOver; round += 1) {
    // As by a controller that is killed: what is under way is rolled back or committed, and the next one begins with the rows.
    const cutOff = round <= 3 ? AbortSignal.timeout(1_500 * round) : undefined;
    isOver = await pruner.pruneSome(pruneId, cutOff).catch((error: Error) => {
      expect(error.name).toMatch(/Abort|Timeout/);
      return false;
    });
  }

  const after = await buildsOf(of.projectId);
  expect(after).toHaveLength(BUILDS);
  expect(new Set(after.filter((one) => one.removed_at !== null).map(({ id }) => id))).toEqual(goes);
  for (const table of DETAILS) {
    const { rows } = await sql<{
      build_id: string;
    }>`SELECT DISTINCT build_id FROM ${sql.table(table)}`.execute(db.admin);
    const left = new Set(rows.map((row) => row.build_id));
    const had = after.filter(({ build_number: number }) =>
      ROWS_OF_TENTHS.includes(table) ? number % 10 === 0 : true,
    );
    expect([table, had.filter(({ id }) => left.has(id) === goes.has(id))]).toEqual([table, []]);
  }
  expect((await buildsOf(beside.projectId)).some((one) => one.removed_at !== null)).toBe(false);
  const prune = await store.get(tenant, pruneId);
  expect(prune).toMatchObject({ removed_builds: goes.size, removed_log_bytes: goes.size * 65 });
  expect((await store.preview(tenant, of.projectId)).goes_count).toBe(0);
}, 600_000);

test('the bytes of artifacts go that no build names any more, and no others', async () => {
  const named = await sql<{ sha: string }>`
    SELECT DISTINCT content_sha256 AS sha FROM build_artifacts WHERE content_sha256 IS NOT NULL`.execute(
    db.admin,
  );
  const stored = await db.admin.selectFrom('contents').select('sha256').execute();
  const removed: string[] = [];
  const index = createContentIndex(db.api);
  for (let count = 1; count > 0;)
    count = await index.expire(of.tenantId, 1_000, 1_000, async (sha256) => void removed.push(...sha256));
  const kept = new Set(named.rows.map(({ sha }) => sha));
  expect(removed.toSorted()).toEqual(
    stored
      .map(({ sha256 }) => sha256)
      .filter((sha256) => !kept.has(sha256))
      .toSorted(),
  );
  expect(removed.length).toBeGreaterThan(BUILDS / 20);
}, 60_000);
