import { sql } from 'kysely';
import type { Tx } from '../database.js';
import { cacheUseOfBuild } from './cache-use-of-build.js';
import type { DayOfTenant } from './count-day.js';

/**
 * Counts by project what the builds of a day that have ended took out of the cache. What was counted of the day before is gone. Nobody else may count
 * the day at the same time.
 */
export async function countCacheUse(tx: Tx, { tenantId, date, from, until }: DayOfTenant): Promise<void> {
  await sql`DELETE FROM cache_use_daily WHERE tenant_id = ${tenantId} AND date = ${date}`.execute(tx);
  await sql`
    INSERT INTO cache_use_daily (tenant_id, date, project_id, steps, cached_steps, layers, reused_layers)
    SELECT b.tenant_id, ${date}::date, b.project_id, sum(u.steps), sum(u.cached_steps),
           coalesce(sum(u.total_layers), 0), coalesce(sum(u.reused_layers), 0)
    FROM builds b CROSS JOIN LATERAL (${cacheUseOfBuild}) u
    WHERE b.tenant_id = ${tenantId} AND b.created_at >= ${from} AND b.created_at < ${until}
      AND b.what_if IS NULL AND b.completed_at IS NOT NULL
    GROUP BY b.tenant_id, b.project_id
    HAVING sum(u.steps) > 0 OR count(u.total_layers) > 0`.execute(tx);
}
