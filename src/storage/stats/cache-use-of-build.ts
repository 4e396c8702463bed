import { sql } from 'kysely';

/**
 * What the build `b` of a query took out of the cache, in one row: instructions among those that succeeded, and layers that were there before.
 * Of a build whose details retention has removed it is what was written down then.
 */
export const cacheUseOfBuild = sql`
  SELECT count(*) AS steps, count(*) FILTER (WHERE s.cached) AS cached_steps,
         (SELECT m.total_layers FROM build_metrics m WHERE m.build_id = b.id LIMIT 1) AS total_layers,
         (SELECT m.reused_layers FROM build_metrics m WHERE m.build_id = b.id LIMIT 1) AS reused_layers
  FROM build_steps s WHERE s.build_id = b.id AND s.status = 'success' AND s.instruction_type IS NOT NULL
  HAVING b.removed_cache_use IS NULL
  UNION ALL
  SELECT * FROM jsonb_to_record(b.removed_cache_use) AS r (steps bigint, cached_steps bigint, total_layers int, reused_layers int)
  WHERE b.removed_cache_use IS NOT NULL`;
