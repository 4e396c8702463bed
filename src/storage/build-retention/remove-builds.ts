import { sql } from 'kysely';
import type { Tx } from '../database.js';
import { cacheUseOfBuild } from '../stats/cache-use-of-build.js';
import { NOW } from '../times.js';
import { neededNow, type OfProject } from './needed-builds.js';

/** A build that goes, with the reason that is written down. */
export interface Going {
  readonly id: string;
  readonly because: string;
}

/** What hangs on builds and goes with them, those first that others refer to last. */
const DETAILS = [
  'build_test_results',
  'build_test_reports',
  'build_warnings',
  'build_steps',
  'build_metrics',
] as const;

/**
 * Leaves only the record of builds: all in the transaction, so that a build is there whole or as its record. Under the lock of
 * each row it is asked once more whether the build is over and nothing works with it; a row that somebody holds is left to the next round.
 * Locks no row that a grant or an acceptance needs: they touch builds that are not over.
 */
export async function removeBuilds(
  tx: Tx,
  of: OfProject,
  going: readonly Going[],
): Promise<{ readonly builds: number; readonly logBytes: number }> {
  const { rows } = await sql<{ id: string; build_day: string }>`
    WITH needed AS MATERIALIZED (SELECT build_id FROM (${neededNow(of)}) n)
    SELECT b.id, b.build_day FROM builds b
    WHERE b.id = ANY(${going.map(({ id }) => id)}) AND b.completed_at IS NOT NULL AND b.removed_at IS NULL
      AND b.id NOT IN (SELECT build_id FROM needed WHERE build_id IS NOT NULL)
    ORDER BY b.id FOR NO KEY UPDATE OF b SKIP LOCKED`.execute(tx);
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return { builds: 0, logBytes: 0 };
  const because = new Map(going.map((one) => [one.id, one.because]));
  await sql`
    UPDATE builds b SET removed_at = ${NOW}, removed_because = g.because,
      removed_cache_use = (SELECT to_jsonb(u) FROM (${cacheUseOfBuild}) u)
    FROM unnest(${ids}::uuid[], ${ids.map((id) => because.get(id) ?? '')}::text[]) g (id, because)
    WHERE b.id = g.id`.execute(tx);
  let logBytes = 0;
  // A day named in the statement itself touches the partition of that day alone.
  for (const day of new Set(rows.map((row) => row.build_day))) {
    const ofDay = rows.filter((row) => row.build_day === day).map(({ id }) => id);
    const gone = await sql<{ bytes: number }>`
      WITH gone AS (DELETE FROM build_logs WHERE build_day = ${day}::date AND build_id = ANY(${ofDay}) RETURNING size_bytes)
      SELECT coalesce(sum(size_bytes), 0) AS bytes FROM gone`.execute(tx);
    logBytes += gone.rows[0]?.bytes ?? 0;
  }
  // The bytes of artifacts go with the contents that no row names any more (expire-contents.ts). Where an image was published is of its record.
  await sql`DELETE FROM build_artifacts WHERE build_id = ANY(${ids}) AND artifact_type <> 'docker_image'`.execute(
    tx,
  );
  for (const table of DETAILS)
    await sql`DELETE FROM ${sql.table(table)} WHERE build_id = ANY(${ids})`.execute(tx);
  return { builds: ids.length, logBytes };
}
