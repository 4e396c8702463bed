import { sql } from 'kysely';
import type { DayName } from '../../domain/stats/local-days.js';
import type { DayCounts } from '../../domain/stats/performance.js';
import type { Tx } from '../database.js';

interface Row {
  readonly owner: string;
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

/** Builds of a tenant that were accepted from one moment on, until before another: those of the day `date` of its zone. */
export interface DayOfTenant {
  readonly tenantId: string;
  readonly date: DayName;
  readonly from: Date;
  readonly until: Date;
}

/** What was counted of a day: of the whole tenant, and of each project that had a build or an attempt on it. */
export interface CountedDay {
  readonly tenant: DayCounts | null;
  readonly projects: ReadonlyMap<string, DayCounts>;
}

/**
 * Counts the builds that a tenant accepted on a day, and the attempts that ran at once; what-ifs are counted among the attempts alone, for
 * they have taken slots. Each build counts for two owners, its tenant and its project.
 * Reads the builds of this day and the attempts around it, and nothing else.
 */
export async function countDay(tx: Tx, { tenantId, date, from, until }: DayOfTenant): Promise<CountedDay> {
  const { rows } = await sql<Row>`
    WITH builds_of AS (
      SELECT o.owner, b.status, b.build_method, r.failure_code, r.total_duration_milliseconds AS duration,
             b.status IN ('success', 'failed') AS decided, round(r.queue_wait_milliseconds / 1000.0)::bigint AS wait
      FROM builds b LEFT JOIN build_results r ON r.build_id = b.id CROSS JOIN LATERAL (VALUES (b.tenant_id), (b.project_id)) o (owner)
      WHERE b.tenant_id = ${tenantId} AND b.created_at >= ${from} AND b.created_at < ${until} AND b.what_if IS NULL
    ), totals AS (
      SELECT owner, count(*) AS total,
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
      FROM builds_of GROUP BY owner
    ), waits AS (
      SELECT owner, jsonb_object_agg(wait, builds) AS waits FROM (
        SELECT owner, wait, count(*) AS builds FROM builds_of WHERE decided AND wait IS NOT NULL GROUP BY owner, wait
      ) w GROUP BY owner
    ), failures AS (
      SELECT owner, jsonb_object_agg(code, builds) AS failures FROM (
        SELECT owner, coalesce(failure_code, 'unknown') AS code, count(*) AS builds
        FROM builds_of WHERE status = 'failed' GROUP BY owner, code
      ) f GROUP BY owner
    ), ran AS (
      SELECT a.build_id, a.attempt, a.started_at, a.ended_at FROM attempts a
      WHERE a.tenant_id = ${tenantId} AND a.started_at < ${until} AND a.started_at >= ${from}::timestamptz - interval '1 day'
      UNION
      SELECT a.build_id, a.attempt, a.started_at, a.ended_at FROM attempts a
      WHERE a.tenant_id = ${tenantId} AND a.started_at < ${until}
        AND (a.ended_at IS NULL OR a.ended_at - a.started_at > interval '1 day')
    ), within AS (
      SELECT o.owner, greatest(a.started_at, ${from}) AS from_at, least(coalesce(a.ended_at, b.completed_at, 'infinity'), ${until}) AS until_at
      FROM ran a JOIN builds b ON b.id = a.build_id AND b.tenant_id = ${tenantId} CROSS JOIN LATERAL (VALUES (b.tenant_id), (b.project_id)) o (owner)
    ), moves AS (
      SELECT owner, from_at AS at, 1 AS step FROM within WHERE from_at < until_at
      UNION ALL
      SELECT owner, until_at, -1 FROM within WHERE from_at < until_at
    ), peaks AS (
      SELECT owner, max(running) AS peak FROM (
        SELECT owner, sum(step) OVER (PARTITION BY owner ORDER BY at, step ROWS UNBOUNDED PRECEDING) AS running FROM moves
      ) r GROUP BY owner
    )
    SELECT owner, coalesce(t.total, 0) AS total, coalesce(t.successful, 0) AS successful, coalesce(t.failed, 0) AS failed,
           coalesce(t.cancelled, 0) AS cancelled, coalesce(t.measured, 0) AS measured, coalesce(t.duration, 0) AS duration,
           w.waits, f.failures, coalesce(t.kaniko, 0) AS kaniko, coalesce(t.buildx, 0) AS buildx,
           coalesce(t.container, 0) AS container, coalesce(t.packer, 0) AS packer, coalesce(t.paketo, 0) AS paketo,
           coalesce(p.peak, 0) AS peak
    FROM totals t FULL JOIN peaks p USING (owner) LEFT JOIN waits w USING (owner) LEFT JOIN failures f USING (owner)`.execute(
    tx,
  );
  const counts = new Map(rows.map((row) => [row.owner, countsOf(date, row)]));
  const tenant = counts.get(tenantId) ?? null;
  counts.delete(tenantId);
  return { tenant, projects: counts };
}

function countsOf(date: DayName, row: Row): DayCounts {
  return {
    date,
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
  };
}
