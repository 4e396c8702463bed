import { sql } from 'kysely';
import type { TestReport } from '../../domain/tests/test-report.js';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Tx } from '../database.js';
import { toJson } from '../storable.js';

/** Writes what test reports say to an attempt that ends in the same transaction, and so once. */
export async function saveTests(
  tx: Tx,
  { tenantId, buildId, attempt }: LeaseHolder,
  { cases, ...totals }: TestReport,
): Promise<void> {
  const of = { tenant_id: tenantId, build_id: buildId, attempt };
  await tx
    .insertInto('build_test_reports')
    .values({
      ...of,
      passed_count: totals.passed,
      failed_count: totals.failed,
      skipped_count: totals.skipped,
      suite_count: totals.suites,
      duration_milliseconds: totals.durationMs,
    })
    .execute();
  // Ten thousand rows have more values than one statement takes as parameters.
  await sql`
    INSERT INTO build_test_results (tenant_id, build_id, attempt, case_number, suite_name, class_name, test_name, status,
      duration_milliseconds, message, failed_tries)
    SELECT ${tenantId}::uuid, ${buildId}::uuid, ${attempt}::int, ordinality, suite, class_name, name, status, duration_ms, message,
      failed_tries
    FROM ROWS FROM (jsonb_to_recordset(${toJson(cases.map(toRow))}::jsonb)
      AS (suite text, class_name text, name text, status text, duration_ms int, message text, failed_tries int)) WITH ORDINALITY`.execute(
    tx,
  );
}

function toRow(one: TestReport['cases'][number]): object {
  const { className, durationMs, failedTries, ...rest } = one;
  return { ...rest, class_name: className, duration_ms: durationMs, failed_tries: failedTries };
}
