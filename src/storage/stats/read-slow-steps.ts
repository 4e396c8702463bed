import { sql } from 'kysely';
import type { LookedAt, StatsQuery, StepTimes } from '../../ports/stats.js';
import type { Tx } from '../database.js';
import { countNewest, newestBuilds } from './newest-builds.js';

/** Steps that ran, by project and name. A percentile is a duration that was measured. */
export async function readSlowSteps(
  tx: Tx,
  tenantId: string,
  zone: string,
  query: StatsQuery,
  limit: number,
): Promise<{ items: StepTimes[] } & LookedAt> {
  const newest = newestBuilds(tenantId, zone, query);
  const { rows } = await sql<StepTimes>`
    SELECT p.slug AS project, s.step_name, count(*) AS count,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY s.duration_milliseconds) AS p50_milliseconds,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY s.duration_milliseconds) AS p95_milliseconds
    FROM (${newest}) b JOIN build_steps s ON s.build_id = b.id JOIN projects p ON p.id = b.project_id
    WHERE s.status = 'success' AND NOT s.cached AND s.duration_milliseconds IS NOT NULL
    GROUP BY p.slug, s.step_name
    ORDER BY p95_milliseconds DESC, count DESC, p.slug, s.step_name
    LIMIT ${limit}`.execute(tx);
  return { items: rows, ...(await countNewest(tx, newest)) };
}
