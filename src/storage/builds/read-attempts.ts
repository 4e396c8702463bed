import { sql } from 'kysely';
import { type AttemptEnd, WORKER_REMOVED } from '../../domain/dispatch/lease.js';
import type { Attempt } from '../../ports/records.js';
import type { Tx } from '../database.js';
import { isoOrNull } from '../times.js';

/** Attempts of a build, the first one first. */
export async function readAttempts(tx: Tx, buildId: string): Promise<Attempt[]> {
  const rows = await tx
    .selectFrom('attempts as a')
    .innerJoin('build_workers as w', 'w.id', 'a.worker_id')
    .select([
      'a.attempt',
      'w.worker_name',
      'a.fence',
      'a.started_at',
      'a.ended_at',
      sql<AttemptEnd | typeof WORKER_REMOVED | null>`CASE
        WHEN a.ended_reason IN ('worker_lost', 'grant_unacknowledged') AND w.removed_at <= a.ended_at THEN ${WORKER_REMOVED}::text
        ELSE a.ended_reason END`.as('ended_reason'),
      'a.outcome',
      'a.log_lines',
      'a.log_bytes',
      'a.log_sha256',
      'a.log_note',
    ])
    .where('a.build_id', '=', buildId)
    .orderBy('a.attempt')
    .execute();
  return rows.map(({ outcome, ...row }) => ({
    ...row,
    failure_code: outcome?.failure?.code ?? null,
    failure_reason: outcome?.failure?.message ?? null,
    started_at: row.started_at.toISOString(),
    ended_at: isoOrNull(row.ended_at),
  }));
}
