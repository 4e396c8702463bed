import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database, Tx } from '../database.js';
import { isLockTimeout } from '../errors.js';
import { NOW } from '../times.js';
import { single, transact } from '../transact.js';
import { ruleOf } from './retention-rows.js';

/** A drop that finds the log in use is asked for again so often, at such a distance, and then by the next round. */
const DROP_TRIES = 40;
const DROP_REST_MS = 250;

interface Part {
  readonly installationLogDays: number | null;
  /** Most builds of one transaction; none is added to so many chunks. */
  readonly batch: { readonly builds: number; readonly chunks: number };
  readonly partMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * See BuildPruner.removeSomeLogs. First the rows say that a day of a project has gone, then its chunks go: dropped with the day where every project
 * that built on it has let it go, else by key. Killed in between, the rows that are left say what is to be done.
 */
export async function removeSomeLogs(db: Database, part: Part): Promise<boolean> {
  const untilMs = Date.now() + part.partMs;
  for (const day of await transact(db, (tx) => oldDays(tx))) {
    part.signal?.throwIfAborted();
    if (Date.now() >= untilMs) return false;
    await transact(db, (tx) => letGo(tx, day, part.installationLogDays));
    if (!(await transact(db, (tx) => isWhole(tx, day)))) {
      if (!(await deleteByKey(db, day, part, untilMs))) return false;
    } else if (!(await dropDay(db, day, part.signal))) return true;
  }
  return true;
}

/** Days with a partition to which nothing is written any more, the oldest first. */
async function oldDays(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    SELECT to_date(right(c.relname, 8), 'YYYYMMDD') AS day
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.build_logs'::regclass AND c.relname ~ '^build_logs_[0-9]{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'utc')::date - 2
    ORDER BY day`.execute(tx);
  return rows.map(({ day }) => day);
}

/** The row `p` of projects has builds of the day. By the time of acceptance, which has an index and is at most some seconds off the day. */
function builtOn(day: string, andThat = sql`true`) {
  return sql`EXISTS (SELECT FROM builds b WHERE b.project_id = p.id AND b.build_day = ${day}::date
    AND b.created_at >= ${day}::date - interval '1 day' AND b.created_at < ${day}::date + interval '2 days' AND ${andThat})`;
}

/** Writes down which projects let the day go, and that the logs of their builds are not available: no build of the day may be under way. */
async function letGo(tx: Tx, day: string, installationLogDays: number | null): Promise<void> {
  await sql`
    WITH gone AS (
      INSERT INTO removed_log_days (tenant_id, project_id, build_day, log_days, removed_at)
      SELECT tenant_id, id, ${day}::date, log_days, ${NOW} FROM (
        SELECT p.tenant_id, p.id, coalesce(${ruleOf('log_days')}, ${installationLogDays}::int) AS log_days FROM projects p
        WHERE ${builtOn(day)} AND NOT ${builtOn(day, sql`b.completed_at IS NULL`)}
      ) rules
      WHERE ${day}::date < (now() AT TIME ZONE 'utc')::date - log_days
      ON CONFLICT (project_id, build_day) DO NOTHING RETURNING project_id
    )
    UPDATE build_artifacts a SET is_available = false
    FROM gone JOIN builds b ON b.project_id = gone.project_id AND b.build_day = ${day}::date
      AND b.created_at >= ${day}::date - interval '1 day' AND b.created_at < ${day}::date + interval '2 days'
    WHERE a.build_id = b.id AND a.artifact_type = 'build_log' AND a.is_available`.execute(tx);
}

/** Whether every project that has built on the day has let its log go; or nobody has built, and nothing is in it. */
async function isWhole(tx: Tx, day: string): Promise<boolean> {
  const { rows } = await sql<{ whole: boolean }>`
    SELECT NOT EXISTS (
      SELECT FROM projects p WHERE ${builtOn(day)}
        AND NOT EXISTS (SELECT FROM removed_log_days r WHERE r.project_id = p.id AND r.build_day = ${day}::date)
    ) AND (EXISTS (SELECT FROM removed_log_days r WHERE r.build_day = ${day}::date)
      OR NOT EXISTS (SELECT FROM build_logs l WHERE l.build_day = ${day}::date)) AS whole`.execute(tx);
  return rows[0]?.whole === true;
}

/** False when somebody used the log all the time: builds go before it. */
async function dropDay(db: Database, day: string, signal: AbortSignal | undefined): Promise<boolean> {
  for (let tries = 0; tries < DROP_TRIES; tries += 1) {
    try {
      await single(db, (one) => sql`SELECT drop_log_partition(${day}::date)`.execute(one));
      await transact(db, (tx) => noteDeleted(tx, { day, projectId: null }));
      return true;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      await sleep(DROP_REST_MS, undefined, { signal });
    }
  }
  return false;
}

/** Deletes what is left of the day of those projects that have let it go; false when the time is over. */
async function deleteByKey(db: Database, day: string, part: Part, untilMs: number): Promise<boolean> {
  const projects = await transact(db, (tx) =>
    tx
      .selectFrom('removed_log_days')
      .select('project_id')
      .where('build_day', '=', day)
      .where('deleted_at', 'is', null)
      .orderBy('project_id')
      .execute(),
  );
  for (const { project_id: projectId } of projects) {
    for (let isMore = true; isMore;) {
      part.signal?.throwIfAborted();
      if (Date.now() >= untilMs) return false;
      const beganAtMs = Date.now();
      isMore = await transact(db, (tx) => deleteSome(tx, { day, projectId }, part.batch));
      await sleep(Date.now() - beganAtMs, undefined, { signal: part.signal });
    }
    await transact(db, (tx) => noteDeleted(tx, { day, projectId }));
  }
  return true;
}

async function deleteSome(
  tx: Tx,
  { day, projectId }: { readonly day: string; readonly projectId: string },
  { builds, chunks }: Part['batch'],
): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM (
      SELECT b.id, sum(c.chunks) OVER (ORDER BY b.id) - c.chunks AS before FROM builds b
      CROSS JOIN LATERAL (SELECT coalesce(sum(a.log_chunks), 0) AS chunks FROM attempts a WHERE a.build_id = b.id) c
    WHERE b.project_id = ${projectId} AND b.build_day = ${day}::date
      AND b.created_at >= ${day}::date - interval '1 day' AND b.created_at < ${day}::date + interval '2 days'
      AND EXISTS (SELECT FROM build_logs l WHERE l.build_day = ${day}::date AND l.build_id = b.id)
    ) left_over WHERE before < ${chunks} ORDER BY id LIMIT ${builds}`.execute(tx);
  await sql`DELETE FROM build_logs WHERE build_day = ${day}::date AND build_id = ANY(${rows.map(({ id }) => id)})`.execute(
    tx,
  );
  return rows.length > 0;
}

async function noteDeleted(
  tx: Tx,
  { day, projectId }: { readonly day: string; readonly projectId: string | null },
): Promise<void> {
  await tx
    .updateTable('removed_log_days')
    .set({ deleted_at: NOW })
    .where('build_day', '=', day)
    .where('deleted_at', 'is', null)
    .$if(projectId !== null, (query) => query.where('project_id', '=', projectId))
    .execute();
}
