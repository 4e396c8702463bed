import { sql } from 'kysely';
import type { Tx } from '../database.js';

/** Milliseconds of a build; null where nothing ran. */
export interface BuildTimes {
  readonly totalMs: number;
  readonly queuedMs: number;
  readonly executionMs: number | null;
}

/** End-to-end time, all time spent queued but not held (from the status history), and the time of the attempt that decided. */
export async function measureTimes(
  tx: Tx,
  build: { readonly id: string; readonly created_at: Date },
  at: Date,
  attempt: number | null,
): Promise<BuildTimes> {
  const { rows } = await sql<{ queuedMs: number }>`
    SELECT (coalesce(sum(extract(epoch FROM until - changed_at)), 0) - coalesce((
      SELECT extract(epoch FROM coalesce(decided_at, ${at}) - requested_at) FROM build_gates
      WHERE build_id = ${build.id} AND gate_status <> 'passed'), 0)) * 1000 AS "queuedMs"
    FROM (
      SELECT to_status, changed_at, lead(changed_at, 1, ${at}) OVER (ORDER BY sequence) AS until
      FROM build_status_history WHERE build_id = ${build.id}
    ) spans WHERE to_status = 'queued'`.execute(tx);
  const run =
    attempt === null
      ? undefined
      : await tx
          .selectFrom('attempts')
          .select(['started_at', 'ended_at'])
          .where('build_id', '=', build.id)
          .where('attempt', '=', attempt)
          .executeTakeFirst();
  return {
    totalMs: Math.max(0, at.getTime() - build.created_at.getTime()),
    queuedMs: Math.max(0, rows[0]?.queuedMs ?? 0),
    executionMs:
      run === undefined ? null : Math.max(0, (run.ended_at ?? at).getTime() - run.started_at.getTime()),
  };
}
