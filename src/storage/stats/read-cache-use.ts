import { sql } from 'kysely';
import type { CacheUse, LookedAt, StatsQuery } from '../../ports/stats.js';
import type { Tx } from '../database.js';
import { countNewest, newestBuilds } from './newest-builds.js';

/** By project: instructions that came out of the cache among those that succeeded, and layers that were there before. */
export async function readCacheUse(
  tx: Tx,
  tenantId: string,
  zone: string,
  query: StatsQuery,
): Promise<{ items: CacheUse[] } & LookedAt> {
  const newest = newestBuilds(tenantId, zone, query);
  const { rows } = await sql<CacheUse>`
    WITH newest AS (${newest}), steps AS (
      SELECT b.project_id, count(*) AS steps, count(*) FILTER (WHERE s.cached) AS cached_steps
      FROM newest b JOIN build_steps s ON s.build_id = b.id
      WHERE s.status = 'success' AND s.instruction_type IS NOT NULL GROUP BY b.project_id
    ), layers AS (
      SELECT b.project_id, sum(m.total_layers)::bigint AS layers, sum(m.reused_layers)::bigint AS reused_layers
      FROM newest b JOIN build_metrics m ON m.build_id = b.id WHERE m.total_layers IS NOT NULL GROUP BY b.project_id
    )
    SELECT p.slug AS project, coalesce(s.steps, 0) AS steps, coalesce(s.cached_steps, 0) AS cached_steps,
           coalesce(l.layers, 0) AS layers, coalesce(l.reused_layers, 0) AS reused_layers
    FROM steps s FULL JOIN layers l USING (project_id) JOIN projects p ON p.id = project_id
    ORDER BY p.slug`.execute(tx);
  return { items: rows, ...(await countNewest(tx, newest)) };
}
