import { sql } from 'kysely';
import type { Tx } from '../database.js';
import type { DayOfTenant } from './count-day.js';

/**
 * Counts how the builds of a day ended, of each project and of all together, by branch, method and worker of the last attempt; a build that no worker took up is of none. What
 * was counted of the day before is gone. Nobody else may count the day at the same time.
 */
export async function countOutcomes(tx: Tx, { tenantId, date, from, until }: DayOfTenant): Promise<void> {
  await sql`
    DELETE FROM build_outcomes_daily
    WHERE tenant_id = ${tenantId} AND outcome_kind IN ('branch', 'method', 'worker') AND date = ${date}`.execute(
    tx,
  );
  await sql`
    INSERT INTO build_outcomes_daily (tenant_id, outcome_kind, date, project_id, name, total_builds, successful, failed, cancelled)
    SELECT ${tenantId}::uuid, k.kind, ${date}::date, b.project_id, k.name, count(*),
           count(*) FILTER (WHERE b.status = 'success'), count(*) FILTER (WHERE b.status = 'failed'),
           count(*) FILTER (WHERE b.status = 'cancelled')
    FROM builds b
    LEFT JOIN LATERAL (SELECT worker_id FROM attempts WHERE build_id = b.id ORDER BY attempt DESC LIMIT 1) a ON true
    LEFT JOIN build_workers w ON w.id = a.worker_id
    CROSS JOIN LATERAL (VALUES ('branch', coalesce(b.branch, '')), ('method', b.build_method), ('worker', w.worker_name)) k (kind, name)
    WHERE b.tenant_id = ${tenantId} AND b.created_at >= ${from} AND b.created_at < ${until} AND b.what_if IS NULL AND k.name IS NOT NULL
    GROUP BY GROUPING SETS ((k.kind, k.name, b.project_id), (k.kind, k.name))`.execute(tx);
}
