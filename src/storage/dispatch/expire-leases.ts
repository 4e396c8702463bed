import { sql } from 'kysely';
import type { Database } from '../database.js';
import { lockPool } from '../locks.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { grantAll } from './grant-next.js';
import { lockBuild } from './lock-build.js';
import { type Loss, loseLease } from './lose-lease.js';
import { BEAT_GAP_MS, type DispatchOptions } from './options.js';
import { VALID_STATES } from './valid-leases.js';

const LOOK_MIN_MS = 250;
const LOOK_MAX_MS = 5_000;

/**
 * Ends leases that are overdue, as far as the api was up to hear of them, and marks silent workers offline. Grants afterwards
 * in any case, so that nothing waits for an event that was missed.
 */
export async function expire(
  db: Database,
  options: DispatchOptions,
): Promise<{ expired: number; nextLookMs: number }> {
  let expired = 0;
  if (await controlPlaneWasUp(db, options.leaseTtlMs)) {
    await markSilentWorkers(db, options.workerSilenceMs);
    for (const lease of await overdueLeases(db)) {
      const loss = await expireOne(db, lease, options);
      if (loss !== null) expired += 1;
      if (loss?.ended != null) options.onEnd?.(loss.ended);
    }
  }
  await transact(db, async (tx) => {
    await lockPool(tx);
    await grantAll(tx, options);
  });
  return { expired, nextLookMs: await nextLookMs(db) };
}

/** Up without a gap for one TTL: only then was every supervisor able to renew. */
async function controlPlaneWasUp(db: Database, leaseTtlMs: number): Promise<boolean> {
  return transact(db, async (tx) => {
    const row = await tx
      .selectFrom('control_plane_beats')
      .select((eb) => [
        eb('last_beat', '>', sql<Date>`clock_timestamp() - ${BEAT_GAP_MS} * interval '1 ms'`).as('beating'),
        eb('up_since', '<=', sql<Date>`clock_timestamp() - ${leaseTtlMs} * interval '1 ms'`).as('settled'),
      ])
      .executeTakeFirst();
    return row !== undefined && Boolean(row.beating) && Boolean(row.settled);
  });
}

async function markSilentWorkers(db: Database, workerSilenceMs: number): Promise<void> {
  await transact(db, (tx) =>
    tx
      .updateTable('build_workers')
      .set({ status: 'offline', status_reasons: ['was not heard of any more'] })
      .where('status', '<>', 'offline')
      .where(
        sql<Date>`coalesce(last_heartbeat, created_at)`,
        '<',
        sql<Date>`clock_timestamp() - ${workerSilenceMs} * interval '1 ms'`,
      )
      .execute(),
  );
}

interface Overdue {
  readonly id: string;
  readonly build_id: string;
  readonly attempt: number;
  readonly state: string;
  readonly removed_at: Date | null;
}

/**
 * A grant whose doorbell has not been sent yet is not overdue: nobody was told of it. A worker that was removed has no rights left,
 * whatever it renews.
 */
async function overdueLeases(db: Database): Promise<Overdue[]> {
  return transact(db, (tx) =>
    tx
      .selectFrom('leases as l')
      .innerJoin('build_workers as w', 'w.id', 'l.worker_id')
      .select(['l.id', 'l.build_id', 'l.attempt', 'l.state', 'w.removed_at'])
      .where('l.state', 'in', VALID_STATES)
      .where((eb) =>
        eb.or([eb('l.expires_at', '<', sql<Date>`clock_timestamp()`), eb('w.removed_at', 'is not', null)]),
      )
      .where(({ or, eb, not, exists, selectFrom }) =>
        or([
          eb('l.state', '=', 'active'),
          not(
            exists(
              selectFrom('outbox as o')
                .select('o.id')
                .whereRef('o.build_id', '=', 'l.build_id')
                .where(sql`o.message ->> 'kind'`, '=', 'lease_granted'),
            ),
          ),
        ]),
      )
      .orderBy('l.expires_at')
      .execute(),
  );
}

/** A lease that is kept while its tags are moved is left for the next look, so that dispatch does not wait for a registry. */
async function expireOne(db: Database, overdue: Overdue, options: DispatchOptions): Promise<Loss | null> {
  return transact(db, async (tx) => {
    await lockPool(tx);
    const free = await tx
      .selectFrom('builds')
      .select('id')
      .where('id', '=', overdue.build_id)
      .forNoKeyUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (free === undefined) return null;
    const build = await lockBuild(tx, overdue.build_id);
    const lease = await tx
      .selectFrom('leases')
      .select('acknowledged_at')
      .where('id', '=', overdue.id)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (lease === undefined) return null;
    const reason = lease.acknowledged_at === null ? 'grant_unacknowledged' : 'worker_lost';
    return loseLease(tx, build, overdue, reason, options, { onlyIfOverdue: overdue.removed_at === null });
  });
}

async function nextLookMs(db: Database): Promise<number> {
  return transact(db, async (tx) => {
    const { due } = await tx
      .selectFrom('leases')
      .select((eb) => eb.fn.min('expires_at').as('due'))
      .where('state', 'in', VALID_STATES)
      .executeTakeFirstOrThrow();
    const at = await databaseNow(tx);
    const waitMs = (due as Date | null) === null ? LOOK_MAX_MS : due.getTime() - at.getTime() + 1;
    return Math.min(LOOK_MAX_MS, Math.max(LOOK_MIN_MS, waitMs));
  });
}
