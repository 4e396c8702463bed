import { sql } from 'kysely';
import {
  IGNORED_GRANTS_QUARANTINE_MS,
  IGNORED_GRANTS_REASON,
  QUARANTINE_WINDOW_MS,
  quarantineReason,
} from '../../domain/dispatch/quarantine.js';
import type { Tx } from '../database.js';

interface Due {
  readonly reason: string;
  readonly forMs: number;
}

/**
 * A worker that loses one build after the other, or lets its grants run out, takes none for a while; it ends by itself, or when somebody
 * uncordons the worker. Called after the lease was closed, under its build's lock.
 */
export async function quarantineAfter(
  tx: Tx,
  leaseId: string,
  ended: 'worker_lost' | 'grant_unacknowledged',
  quarantineMs: number,
): Promise<void> {
  const { worker_id: workerId } = await tx
    .selectFrom('leases')
    .select('worker_id')
    .where('id', '=', leaseId)
    .executeTakeFirstOrThrow();
  const due =
    ended === 'worker_lost'
      ? await byLosses(tx, workerId, quarantineMs)
      : await byIgnoredGrants(tx, workerId);
  if (due === null) return;
  await tx
    .updateTable('build_workers')
    .set({
      quarantine_reason: due.reason,
      quarantined_until: sql<Date>`clock_timestamp() + ${due.forMs} * interval '1 ms'`,
      status: sql`CASE WHEN status = 'offline' THEN status ELSE 'degraded' END`,
      status_reasons: [due.reason],
    })
    .where('id', '=', workerId)
    .execute();
}

async function byLosses(tx: Tx, workerId: string, forMs: number): Promise<Due | null> {
  if (forMs === 0) return null;
  const { lost, slots } = await tx
    .selectFrom('build_workers as w')
    .innerJoin('leases as l', 'l.worker_id', 'w.id')
    .select((eb) => ['w.concurrent_builds_limit as slots', eb.fn.countAll<number>().as('lost')])
    .where('w.id', '=', workerId)
    .where('l.ended_reason', '=', 'worker_lost')
    .where('l.ended_at', '>', sql<Date>`clock_timestamp() - ${QUARANTINE_WINDOW_MS} * interval '1 ms'`)
    .where('l.ended_at', '>', sql<Date>`coalesce(w.losses_count_from, '-infinity')`)
    .groupBy('w.id')
    .executeTakeFirstOrThrow();
  const reason = quarantineReason(lost, slots);
  return reason === null ? null : { reason, forMs };
}

async function byIgnoredGrants(tx: Tx, workerId: string): Promise<Due | null> {
  const { rows } = await sql<{ isSo: boolean }>`SELECT worker_is_degraded(${workerId}) AS "isSo"`.execute(tx);
  return rows[0]?.isSo === true
    ? { reason: IGNORED_GRANTS_REASON, forMs: IGNORED_GRANTS_QUARANTINE_MS }
    : null;
}
