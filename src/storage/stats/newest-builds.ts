import { type RawBuilder, sql } from 'kysely';
import { boundsOf } from '../../domain/stats/local-days.js';
import type { LookedAt, StatsQuery } from '../../ports/stats.js';
import type { Tx } from '../database.js';

/** So many builds are looked at for an answer, the newest of a range. */
const MOST_BUILDS = 500;

/** A query for the builds of a range: all columns of `builds`, the newest MOST_BUILDS of them. What-ifs are none: nobody was to have their images. */
export function newestBuilds(
  tenantId: string,
  zone: string,
  { range, projectId }: StatsQuery,
): RawBuilder<unknown> {
  const from = new Date(boundsOf(zone, range.from).fromMs);
  const until = new Date(boundsOf(zone, range.until).untilMs);
  const isOfProject = projectId === null ? sql`true` : sql`project_id = ${projectId}`;
  return sql`
    SELECT * FROM builds
    WHERE tenant_id = ${tenantId} AND created_at >= ${from} AND created_at < ${until} AND ${isOfProject} AND what_if IS NULL
    ORDER BY created_at DESC, id DESC LIMIT ${MOST_BUILDS}`;
}

/** How many builds that query gives. */
export async function countNewest(tx: Tx, newest: RawBuilder<unknown>): Promise<LookedAt> {
  const { rows } = await sql<{ builds: number }>`SELECT count(*) AS builds FROM (${newest}) newest`.execute(
    tx,
  );
  const builds = rows[0]?.builds ?? 0;
  return { builds, isWhole: builds < MOST_BUILDS };
}
