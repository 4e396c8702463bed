import { type Selectable, sql } from 'kysely';
import type { DayCounts } from '../../domain/stats/performance.js';
import type { StatsQuery } from '../../ports/stats.js';
import type { Tx } from '../database.js';
import type { ProjectPerformanceDailyTable } from '../schema/stats.js';

type Row = Omit<Selectable<ProjectPerformanceDailyTable>, 'tenant_id' | 'project_id'>;

/** The days of a range that have something to count, in order: of a tenant, or of one project of it. */
export async function readDays(tx: Tx, tenantId: string, query: StatsQuery): Promise<DayCounts[]> {
  const { rows } = await sql<Row>`
    SELECT date, total_builds, successful, failed, cancelled, measured_builds, duration_milliseconds, queue_waits, failures,
           kaniko_count, buildx_count, container_count, packer_count, paketo_count, max_concurrent_at_peak
    FROM ${daysOf(tenantId, query)} ORDER BY date`.execute(tx);
  return rows.map((row) => ({
    date: row.date,
    totalBuilds: row.total_builds,
    successful: row.successful,
    failed: row.failed,
    cancelled: row.cancelled,
    measuredBuilds: row.measured_builds,
    durationMs: row.duration_milliseconds,
    queueWaits: row.queue_waits,
    failures: row.failures,
    methods: {
      ...{ kaniko: row.kaniko_count, buildx: row.buildx_count, container: row.container_count },
      ...{ packer: row.packer_count, paketo: row.paketo_count },
    },
    maxConcurrent: row.max_concurrent_at_peak,
  }));
}

/** How many builds were accepted on these days. */
export async function countBuilds(tx: Tx, tenantId: string, query: StatsQuery): Promise<number> {
  const { rows } = await sql<{ builds: number }>`
    SELECT coalesce(sum(total_builds), 0) AS builds FROM ${daysOf(tenantId, query)}`.execute(tx);
  return rows[0]?.builds ?? 0;
}

function daysOf(tenantId: string, { range, projectId }: StatsQuery) {
  const within = sql`tenant_id = ${tenantId} AND date >= ${range.from} AND date <= ${range.until}`;
  if (projectId === null) return sql`build_performance_daily WHERE ${within}`;
  return sql`project_performance_daily WHERE ${within} AND project_id = ${projectId}`;
}
