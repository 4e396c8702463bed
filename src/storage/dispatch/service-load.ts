import { sql } from 'kysely';
import type { BuildMethod } from '../../domain/builds/method.js';
import type { OpenState } from '../../domain/builds/pipeline-run.js';
import { workerUse, type WorkerUse } from '../../domain/dispatch/worker-use.js';
import type { ServiceLoad, ServiceLoadReader } from '../../ports/service-load.js';
import type { Database, Tx } from '../database.js';
import { transact } from '../transact.js';
import { CONDITION_COLUMNS, judgeRow } from '../workers/condition.js';
import { DISPATCH_DEFAULTS } from './options.js';

/** Counts builds that have not ended, by the partial index of those, and workers. Needs the role kiln_controller. */
export function createServiceLoadReader(
  db: Database,
  { workerSilenceMs }: { readonly workerSilenceMs: number } = DISPATCH_DEFAULTS,
): ServiceLoadReader {
  return {
    read: () =>
      transact(db, async (tx) => ({
        ...(await countBuilds(tx)),
        workers: await countWorkers(tx, workerSilenceMs),
      })),
  };
}

async function countBuilds(tx: Tx): Promise<Pick<ServiceLoad, 'builds' | 'longestWaitMs'>> {
  const { rows } = await sql<{
    method: BuildMethod;
    state: OpenState;
    count: number;
    waitMs: number | null;
  }>`
    SELECT method, state, count(*)::int AS count, max(wait_ms) FILTER (WHERE state = 'pending')::float8 AS "waitMs"
    FROM (
      SELECT build_method AS method,
        CASE WHEN held_at IS NOT NULL THEN 'held' WHEN status = 'queued' THEN 'pending' ELSE 'executing' END AS state,
        extract(epoch FROM clock_timestamp() - greatest(queued_at, not_before)) * 1000 AS wait_ms
      FROM builds WHERE completed_at IS NULL
    ) open
    GROUP BY method, state`.execute(tx);
  const waits = rows.flatMap(({ waitMs }) => (waitMs === null ? [] : [Math.max(0, waitMs)]));
  return {
    builds: rows.map(({ method, state, count }) => ({ method, state, count })),
    longestWaitMs: waits.length === 0 ? null : Math.max(...waits),
  };
}

async function countWorkers(tx: Tx, silenceMs: number): Promise<Record<WorkerUse, number>> {
  const counted: Record<WorkerUse, number> = { available: 0, busy: 0, refusing: 0, offline: 0 };
  const rows = await tx
    .selectFrom('build_workers')
    .select(CONDITION_COLUMNS)
    .select(sql<Date>`clock_timestamp()`.as('now'))
    .where('removed_at', 'is', null)
    .execute();
  for (const row of rows) {
    counted[workerUse(judgeRow(row, row.now, silenceMs), row.current_builds_count)] += 1;
  }
  return counted;
}
