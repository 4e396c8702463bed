import { sql } from 'kysely';
import type { Tx } from '../database.js';
import type { DayOfTenant } from './count-day.js';

/**
 * Counts by project what the builds of a day that have ended took out of the cache: instructions among those that succeeded, and layers that were there
 * before. What was counted of the day before is gone. Nobody else may count the day at the same time.
 */
export async function countCacheUse(tx: Tx, { tenantId, date, from, until }: DayOfTenant): Promise<void> {
  await sql`DELETE FROM cache_use_daily WHERE tenant_id = ${tenantId} AND date = ${date}`.execute(tx);
  await sql`
    INSERT INTO cache_use_daily (tenant_id, date, project_id, steps, cached_steps, layers, reused_layers)
    SELECT b.tenant_id, ${date}::date, b.project_id, sum(s.steps), sum(s.cached_steps),
           coalesce(sum(m.total_layers), 0), coalesce(sum(m.reused_layers), 0)
    FROM builds b
    CROSS JOIN LATERAL (
      SELECT count(*) AS steps, count(*) FILTER (WHERE cached) AS cached_steps FROM build_steps
      WHERE build_id = b.id AND status = 'success' AND instruction_type IS NOT NULL
    ) s
    LEFT JOIN LATERAL (SELECT total_layers, reused_layers FROM build_metrics WHERE build_id = b.id LIMIT 1) m ON true
    WHERE b.tenant_id = ${tenantId} AND b.created_at >= ${from} AND b.created_at < ${until}
      AND b.what_if IS NULL AND b.completed_at IS NOT NULL
    GROUP BY b.tenant_id, b.project_id
    HAVING sum(s.steps) > 0 OR count(m.total_layers) > 0`.execute(tx);
}
