import { sql } from 'kysely';
import type { BuildRetention, StandingBuild } from '../../domain/retention/build-retention.js';
import type { BuildStatus } from '../../domain/builds/status.js';
import type { Tx } from '../database.js';
import { basesInUse, buildsOfTagsInUse, neededNow, type OfProject } from './needed-builds.js';

/** A build that has not been removed, and what its project's rules say of it. */
export interface JudgedRow extends StandingBuild {
  readonly id: string;
  readonly build_number: number;
  readonly status: BuildStatus;
  readonly created_at: Date;
  readonly completed_at: Date | null;
  /** Chunks of its log. */
  readonly log_chunks: number;
}

/**
 * The builds of a project that go, or all that stay, with how they stand: the oldest first of those that go, the newest first of those that
 * stay; `limit` of them, and how many there are in all. The first reason that holds in the order of STANDINGS is given.
 */
export async function planBuilds(
  tx: Tx,
  of: OfProject,
  retention: BuildRetention,
  { goes, limit }: { readonly goes: boolean; readonly limit: number },
): Promise<{ readonly builds: readonly JudgedRow[]; readonly total: number }> {
  const inUse = await buildsOfTagsInUse(tx, of);
  const { keep_builds: keep, older_than_days: days } = retention;
  const { rows } = await sql<JudgedRow & { total: number }>`
    WITH needed AS MATERIALIZED (
      SELECT build_id, min(why) AS why FROM (
        SELECT * FROM (${neededNow(of)}) now
        UNION ALL SELECT * FROM (${basesInUse(of)}) bases
        UNION ALL SELECT * FROM unnest(${[...inUse.keys()]}::uuid[], ${[...inUse.values()]}::text[])
      ) n GROUP BY build_id
    ), ranked AS (
      SELECT b.id, b.build_number, b.branch, b.status, b.created_at, b.completed_at, b.what_if IS NOT NULL AS is_what_if,
             row_number() OVER (PARTITION BY b.branch, b.what_if IS NULL ORDER BY b.build_number DESC) AS rank,
             max(b.build_number) FILTER (WHERE b.status = 'success') OVER (PARTITION BY b.branch, b.what_if IS NULL) AS newest_success
      FROM builds b WHERE b.project_id = ${of.projectId} AND b.removed_at IS NULL
    ), judged AS (
      SELECT k.id, k.build_number, k.branch, k.is_what_if, k.status, k.created_at, k.completed_at, k.rank,
             coalesce(n.why, CASE WHEN r.cleanup_status <> 'completed' THEN 'its staging is not cleaned up yet' END) AS needed,
             CASE WHEN k.completed_at IS NULL THEN 'open'
                  WHEN k.build_number = k.newest_success THEN 'newest_success'
                  WHEN k.rank <= ${keep}::int THEN 'newest'
                  WHEN k.completed_at > clock_timestamp() - make_interval(days => ${days}::int) THEN 'young'
                  WHEN n.why IS NOT NULL OR r.cleanup_status <> 'completed' THEN 'needed'
                  ELSE 'goes' END AS standing
      FROM ranked k JOIN build_results r ON r.build_id = k.id LEFT JOIN needed n ON n.build_id = k.id
    ), page AS (
      SELECT *, count(*) OVER () AS total, CASE WHEN ${goes} THEN build_number ELSE -build_number END AS place FROM judged
      WHERE (standing = 'goes') = ${goes} ORDER BY place LIMIT ${limit}
    )
    SELECT page.*, coalesce(l.chunks, 0) AS log_chunks FROM page
    LEFT JOIN (SELECT build_id, sum(log_chunks) AS chunks FROM attempts WHERE build_id IN (SELECT id FROM page) GROUP BY build_id) l
      ON l.build_id = page.id
    ORDER BY place`.execute(tx);
  return { builds: rows, total: rows[0]?.total ?? 0 };
}
