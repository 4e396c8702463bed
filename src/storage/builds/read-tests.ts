import { sql } from 'kysely';
import type { BuildTests, FlakyTests } from '../../contracts/tests.js';
import type { TestStatus } from '../../domain/tests/test-report.js';
import type { Tx } from '../database.js';

/** What the newest attempt says of tests that says anything: totals, and the first cases as they were kept, failures first. */
export async function readTests(
  tx: Tx,
  buildId: string,
  query: { readonly status: TestStatus | null; readonly limit: number },
): Promise<BuildTests> {
  const report = await tx
    .selectFrom('build_test_reports')
    .select([
      'attempt',
      'passed_count',
      'failed_count',
      'skipped_count',
      'suite_count',
      'duration_milliseconds',
    ])
    .where('build_id', '=', buildId)
    .orderBy('attempt', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (report === undefined) return { report: null, items: [] };
  const items = await tx
    .selectFrom('build_test_results')
    .select([
      'suite_name',
      'class_name',
      'test_name',
      'status',
      'duration_milliseconds',
      'message',
      'failed_tries',
    ])
    .where('build_id', '=', buildId)
    .where('attempt', '=', report.attempt)
    .$if(query.status !== null, (cases) => cases.where('status', '=', query.status))
    .orderBy('case_number')
    .limit(query.limit)
    .execute();
  return { report, items };
}

/**
 * Tests that ended differently in the newest builds of a project with reports although nothing was changed (the same commit or upload with the same build arguments, or tries
 * of one run), or that changed back and forth. What counts most comes first. What-ifs are left out: what they change, they change on purpose.
 */
export async function readFlakyTests(
  tx: Tx,
  projectId: string,
  query: { readonly builds: number; readonly limit: number },
): Promise<FlakyTests> {
  const { rows } = await sql<FlakyTests['items'][number]>`
    WITH newest AS MATERIALIZED (
      SELECT b.id, r.attempt FROM builds b
      CROSS JOIN LATERAL (SELECT attempt FROM build_test_reports WHERE build_id = b.id ORDER BY attempt DESC LIMIT 1) r
      WHERE b.project_id = ${projectId} AND b.what_if IS NULL ORDER BY b.build_number DESC LIMIT ${query.builds}
    ), looked AS (
      SELECT b.id, b.build_number, coalesce(b.git_commit, c.upload_id::text, b.id::text) || ' ' || coalesce(c.build_args, '{}')::text AS source, n.attempt
      FROM newest n JOIN builds b ON b.id = n.id JOIN build_configs c ON c.build_id = n.id
    ), runs AS (
      SELECT t.suite_name, t.class_name, t.test_name, l.build_number, l.source, bool_or(t.status = 'failed') AS has_failed,
        bool_or(t.status = 'passed') AS has_passed, sum(t.failed_tries)::int AS failed_tries
      FROM looked l JOIN build_test_results t ON t.build_id = l.id AND t.attempt = l.attempt
      WHERE t.status <> 'skipped'
      GROUP BY t.suite_name, t.class_name, t.test_name, l.build_number, l.source
    ), turned AS (
      SELECT *, has_failed <> lag(has_failed) OVER (PARTITION BY suite_name, class_name, test_name ORDER BY build_number) AS is_flip
      FROM runs
    ), sources AS (
      SELECT suite_name, class_name, test_name, source, bool_or(has_failed) AND bool_or(has_passed) AS is_flaky
      FROM runs GROUP BY suite_name, class_name, test_name, source
    ), counted AS (
      SELECT suite_name, class_name, test_name, count(*)::int AS run_count, (count(*) FILTER (WHERE has_failed))::int AS failed_count,
        (count(*) FILTER (WHERE is_flip))::int AS flip_count,
        (count(*) FILTER (WHERE has_passed AND failed_tries > 0))::int AS retried_count,
        max(build_number) FILTER (WHERE has_failed OR failed_tries > 0) AS last_failed_build_number
      FROM turned GROUP BY suite_name, class_name, test_name
    ), judged AS (
      SELECT c.*, (SELECT count(*)::int FROM sources s WHERE s.is_flaky AND s.suite_name = c.suite_name
        AND s.class_name = c.class_name AND s.test_name = c.test_name) AS same_source_count
      FROM counted c WHERE c.failed_count + c.retried_count > 0
    )
    SELECT * FROM judged
    WHERE same_source_count > 0 OR retried_count > 0 OR flip_count > 2
    ORDER BY same_source_count + retried_count DESC, flip_count DESC, suite_name, class_name, test_name LIMIT ${query.limit}`.execute(
    tx,
  );
  return { builds: await countReports(tx, projectId, query.builds), items: rows };
}

async function countReports(tx: Tx, projectId: string, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM (SELECT FROM builds b
      CROSS JOIN LATERAL (SELECT FROM build_test_reports WHERE build_id = b.id LIMIT 1) r
      WHERE b.project_id = ${projectId} AND b.what_if IS NULL ORDER BY b.build_number DESC LIMIT ${most}) looked`.execute(
    tx,
  );
  return rows[0]?.count ?? 0;
}
