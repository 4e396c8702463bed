import { sql } from 'kysely';
import type { CacheUse, StatsQuery } from '../../ports/stats.js';
import type { Tx } from '../database.js';

/** By project: instructions that came out of the cache among those that succeeded, and layers that were there before. */
export async function readCacheUse(
  tx: Tx,
  tenantId: string,
  { range, projectId }: StatsQuery,
): Promise<CacheUse[]> {
  const isOfProject = projectId === null ? sql`true` : sql`c.project_id = ${projectId}`;
  const { rows } = await sql<CacheUse>`
    SELECT p.slug AS project, c.steps, c.cached_steps, c.layers, c.reused_layers
    FROM (
      SELECT c.project_id, sum(c.steps) AS steps, sum(c.cached_steps) AS cached_steps,
             sum(c.layers) AS layers, sum(c.reused_layers) AS reused_layers
      FROM cache_use_daily c
      WHERE c.tenant_id = ${tenantId} AND c.date >= ${range.from} AND c.date <= ${range.until} AND ${isOfProject}
      GROUP BY c.project_id
    ) c JOIN projects p ON p.id = c.project_id
    ORDER BY p.slug`.execute(tx);
  return rows;
}
