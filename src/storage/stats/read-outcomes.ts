import { sql } from 'kysely';
import type { OutcomeKind } from '../../domain/stats/performance.js';
import type { Outcomes, StatsQuery } from '../../ports/stats.js';
import type { Tx } from '../database.js';

/** How builds ended, by what they have in common. */
export async function readOutcomes(
  tx: Tx,
  tenantId: string,
  { range, projectId }: StatsQuery,
  { by, limit }: { readonly by: OutcomeKind; readonly limit: number },
): Promise<Outcomes[]> {
  const isOfProject = projectId === null ? sql`project_id IS NULL` : sql`project_id = ${projectId}`;
  const { rows } = await sql<Outcomes>`
    SELECT nullif(name, '') AS name, sum(total_builds) AS total_builds, sum(successful) AS successful,
           sum(failed) AS failed, sum(cancelled) AS cancelled
    FROM build_outcomes_daily
    WHERE tenant_id = ${tenantId} AND outcome_kind = ${by} AND date >= ${range.from} AND date <= ${range.until} AND ${isOfProject}
    GROUP BY build_outcomes_daily.name
    ORDER BY sum(total_builds) DESC, nullif(build_outcomes_daily.name, '') NULLS LAST LIMIT ${limit}`.execute(
    tx,
  );
  return rows;
}
