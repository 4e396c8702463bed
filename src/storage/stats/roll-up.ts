import { sql } from 'kysely';
import { boundsOf, dayOf, daysFromTo } from '../../domain/stats/local-days.js';
import { type DayCounts, performanceOf } from '../../domain/stats/performance.js';
import type { RollUp } from '../../ports/stats.js';
import type { Database, Tx } from '../database.js';
import { toJson } from '../storable.js';
import { NOW } from '../times.js';
import { transact } from '../transact.js';
import { countCacheUse } from './count-cache-use.js';
import { countDay, type DayOfTenant } from './count-day.js';
import { countOutcomes } from './count-outcomes.js';

/** Under the number of parameters that a statement of PostgreSQL takes. */
const ROWS_AT_ONCE = 2_000;

/** Counts days into build_performance_daily and the tables of its parts. Needs the role kiln_controller. */
export function createRollUp(db: Database): RollUp {
  return {
    spreadChanges: (most) => transact(db, (tx) => spreadChanges(tx, most)),
    countNextDay: () => transact(db, countNextDay),
  };
}

async function spreadChanges(tx: Tx, most: number): Promise<number> {
  const { rows } = await sql<{ zone: string; tenant_id: string; began_at: Date; ended_at: Date }>`
    WITH taken AS (
      DELETE FROM uncounted_spans WHERE id IN (
        SELECT id FROM uncounted_spans ORDER BY id LIMIT ${most} FOR UPDATE SKIP LOCKED
      ) RETURNING tenant_id, began_at, ended_at
    )
    SELECT taken.*, t.time_zone AS zone FROM taken JOIN tenants t ON t.id = taken.tenant_id`.execute(tx);
  const days = new Map<string, { tenant_id: string; date: string }>();
  for (const { zone, tenant_id, began_at, ended_at } of rows) {
    for (const date of daysFromTo(dayOf(zone, began_at.getTime()), dayOf(zone, ended_at.getTime())))
      days.set(`${tenant_id} ${date}`, { tenant_id, date });
  }
  // In one order, so that two who spread the same days wait for each other and not in a circle.
  const keys = [...days.keys()].sort();
  const sorted = keys.flatMap((key) => days.get(key) ?? []);
  await sql`
    INSERT INTO uncounted_days (tenant_id, date)
    SELECT * FROM unnest(${sorted.map((day) => day.tenant_id)}::uuid[], ${sorted.map((day) => day.date)}::date[])
    ON CONFLICT DO NOTHING`.execute(tx);
  return rows.length;
}

/**
 * The row of the day is taken away first and the builds are read after it, by a younger snapshot: what committed its change before is counted, and
 * what comes later finds the row gone, waits for this transaction, and writes it anew.
 */
async function countNextDay(tx: Tx): Promise<{ tenantId: string; date: string } | null> {
  const { rows } = await sql<{ tenantId: string; date: string; zone: string }>`
    WITH next AS (
      SELECT tenant_id, date FROM uncounted_days ORDER BY date DESC LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM uncounted_days d USING next, tenants t
    WHERE d.tenant_id = next.tenant_id AND d.date = next.date AND t.id = next.tenant_id
    RETURNING d.tenant_id AS "tenantId", d.date, t.time_zone AS zone`.execute(tx);
  const [day] = rows;
  if (day === undefined) return null;
  const { tenantId, date, zone } = day;
  const { fromMs, untilMs } = boundsOf(zone, date);
  const of = { tenantId, date, from: new Date(fromMs), until: new Date(untilMs) };
  const { tenant, projects } = await countDay(tx, of);
  if (tenant === null)
    await tx
      .deleteFrom('build_performance_daily')
      .where('tenant_id', '=', tenantId)
      .where('date', '=', date)
      .execute();
  else await save(tx, tenantId, tenant);
  await saveProjects(tx, of, projects);
  await countOutcomes(tx, of);
  await countCacheUse(tx, of);
  return { tenantId, date };
}

async function save(tx: Tx, tenantId: string, counts: DayCounts): Promise<void> {
  const columns = { ...performanceOf(counts), ...sumsOf(counts), counted_at: NOW };
  await tx
    .insertInto('build_performance_daily')
    .values({ tenant_id: tenantId, date: counts.date, ...columns })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'date']).doUpdateSet(columns))
    .execute();
}

async function saveProjects(
  tx: Tx,
  { tenantId, date }: DayOfTenant,
  projects: ReadonlyMap<string, DayCounts>,
): Promise<void> {
  await tx
    .deleteFrom('project_performance_daily')
    .where('tenant_id', '=', tenantId)
    .where('date', '=', date)
    .execute();
  const rows = [...projects].map(([projectId, counts]) => ({
    ...{ tenant_id: tenantId, project_id: projectId, date, ...sumsOf(counts) },
    ...{ total_builds: counts.totalBuilds, successful: counts.successful },
    ...{ failed: counts.failed, cancelled: counts.cancelled },
    ...{ kaniko_count: counts.methods.kaniko, buildx_count: counts.methods.buildx },
    ...{ container_count: counts.methods.container, packer_count: counts.methods.packer },
    ...{ paketo_count: counts.methods.paketo, max_concurrent_at_peak: counts.maxConcurrent },
  }));
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE)
    await tx
      .insertInto('project_performance_daily')
      .values(rows.slice(start, start + ROWS_AT_ONCE))
      .execute();
}

/** What averages, medians and the most common failure of several days are made of. */
function sumsOf({ measuredBuilds, durationMs, queueWaits, failures }: DayCounts) {
  return {
    ...{ measured_builds: measuredBuilds, duration_milliseconds: durationMs },
    ...{ queue_waits: toJson(queueWaits), failures: toJson(failures) },
  };
}
