import { sql } from 'kysely';
import { boundsOf, type DayName } from '../../domain/stats/local-days.js';
import type { DayCounts } from '../../domain/stats/performance.js';
import type { Tx } from '../database.js';

interface Row {
  readonly date: string;
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly measured: number;
  readonly duration: number;
  readonly waits: Record<string, number> | null;
  readonly failures: Record<string, number> | null;
  readonly kaniko: number;
  readonly buildx: number;
  readonly container: number;
  readonly packer: number;
  readonly paketo: number;
  readonly peak: number;
}

/**
 * Counts the builds that a tenant, or one project of it, accepted on each of these days of a zone, and the attempts that ran at once; what-ifs are
 * counted among the attempts alone, for they have taken slots.
 * Reads the builds of these days and the attempts around them, and nothing else.
 */
export async function countDays(
  tx: Tx,
  of: { readonly tenantId: string; readonly projectId: string | null; readonly zone: string },
  days: readonly DayName[],
): Promise<DayCounts[]> {
  const bounds = days.map((day) => boundsOf(of.zone, day));
  const from = bounds.map(({ fromMs }) => new Date(fromMs));
  const until = bounds.map(({ untilMs }) => new Date(untilMs));
  const isOfProject = of.projectId === null ? sql`true` : sql`b.project_id = ${of.projectId}`;
  const { rows } = await sql<Row>`
    WITH days AS (
      SELECT * FROM unnest(${days}::date[], ${from}::timestamptz[], ${until}::timestamptz[]) AS d (date, from_at, until_at)
    ), builds_of AS (
      SELECT d.date, b.status, b.build_method, r.failure_code, r.total_duration_milliseconds AS duration,
             b.status IN ('success', 'failed') AS decided, round(r.queue_wait_milliseconds / 1000.0)::bigint AS wait
      FROM days d
      JOIN builds b ON b.tenant_id = ${of.tenantId} AND b.created_at >= d.from_at AND b.created_at < d.until_at AND b.what_if IS NULL AND ${isOfProject}
      LEFT JOIN build_results r ON r.build_id = b.id
      WHERE b.created_at >= ${from.at(0)} AND b.created_at < ${until.at(-1)}
    ), totals AS (
      SELECT date, count(*) AS total,
             count(*) FILTER (WHERE status = 'success') AS successful,
             count(*) FILTER (WHERE status = 'failed') AS failed,
             count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
             count(duration) FILTER (WHERE decided) AS measured,
             coalesce(sum(duration) FILTER (WHERE decided), 0) AS duration,
             count(*) FILTER (WHERE build_method = 'kaniko') AS kaniko,
             count(*) FILTER (WHERE build_method = 'buildx') AS buildx,
             count(*) FILTER (WHERE build_method = 'container') AS container,
             count(*) FILTER (WHERE build_method = 'packer') AS packer,
             count(*) FILTER (WHERE build_method = 'paketo') AS paketo
      FROM builds_of GROUP BY date
    ), waits AS (
      SELECT date, jsonb_object_agg(wait, builds) AS waits FROM (
        SELECT date, wait, count(*) AS builds FROM builds_of WHERE decided AND wait IS NOT NULL GROUP BY date, wait
      ) w GROUP BY date
    ), failures AS (
      SELECT date, jsonb_object_agg(code, builds) AS failures FROM (
        SELECT date, coalesce(failure_code, 'unknown') AS code, count(*) AS builds
        FROM builds_of WHERE status = 'failed' GROUP BY date, code
      ) f GROUP BY date
    ), ran AS (
      SELECT a.build_id, a.attempt, a.started_at, a.ended_at FROM attempts a
      WHERE a.tenant_id = ${of.tenantId} AND a.started_at < ${until.at(-1)}
        AND a.started_at >= ${from.at(0)}::timestamptz - interval '1 day'
      UNION
      SELECT a.build_id, a.attempt, a.started_at, a.ended_at FROM attempts a
      WHERE a.tenant_id = ${of.tenantId} AND a.started_at < ${until.at(-1)}
        AND (a.ended_at IS NULL OR a.ended_at - a.started_at > interval '1 day')
    ), spans AS (
      SELECT a.started_at, coalesce(a.ended_at, b.completed_at, 'infinity') AS ended_at
      FROM ran a JOIN builds b ON b.id = a.build_id AND b.tenant_id = ${of.tenantId}
      WHERE ${isOfProject}
    ), within AS (
      SELECT d.date, greatest(s.started_at, d.from_at) AS from_at, least(s.ended_at, d.until_at) AS until_at
      FROM days d JOIN spans s ON s.started_at < d.until_at AND s.ended_at > d.from_at
    ), moves AS (
      SELECT date, from_at AS at, 1 AS step FROM within WHERE from_at < until_at
      UNION ALL
      SELECT date, until_at, -1 FROM within WHERE from_at < until_at
    ), peaks AS (
      SELECT date, max(running) AS peak FROM (
        SELECT date, sum(step) OVER (PARTITION BY date ORDER BY at, step ROWS UNBOUNDED PRECEDING) AS running FROM moves
      ) r GROUP BY date
    )
    SELECT d.date, coalesce(t.total, 0) AS total, coalesce(t.successful, 0) AS successful, coalesce(t.failed, 0) AS failed,
           coalesce(t.cancelled, 0) AS cancelled, coalesce(t.measured, 0) AS measured, coalesce(t.duration, 0) AS duration,
           w.waits, f.failures, coalesce(t.kaniko, 0) AS kaniko, coalesce(t.buildx, 0) AS buildx,
           coalesce(t.container, 0) AS container, coalesce(t.packer, 0) AS packer, coalesce(t.paketo, 0) AS paketo,
           coalesce(p.peak, 0) AS peak
    FROM days d LEFT JOIN totals t USING (date) LEFT JOIN waits w USING (date) LEFT JOIN failures f USING (date)
    LEFT JOIN peaks p USING (date)
    ORDER BY d.date`.execute(tx);
  return rows.map((row) => ({
    date: row.date,
    totalBuilds: row.total,
    successful: row.successful,
    failed: row.failed,
    cancelled: row.cancelled,
    measuredBuilds: row.measured,
    durationMs: row.duration,
    queueWaits: row.waits ?? {},
    failures: row.failures ?? {},
    methods: {
      ...{ kaniko: row.kaniko, buildx: row.buildx, container: row.container },
      ...{ packer: row.packer, paketo: row.paketo },
    },
    maxConcurrent: row.peak,
  }));
}
