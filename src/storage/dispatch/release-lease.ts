import type { LeaseRef } from '../../domain/dispatch/lease.js';
import type { Database, Tx } from '../database.js';
import { lockPool } from '../locks.js';
import { notifyBuild } from '../notify.js';
import { transact } from '../transact.js';
import { closeLease } from './close-lease.js';
import { endAttempt } from './end-attempt.js';
import { grantAll } from './grant-next.js';
import { lockBuild, type LockedBuild } from './lock-build.js';
import type { DispatchOptions } from './options.js';

/** Gives the slot back and grants it to whoever waits. Repeating changes nothing. */
export async function release(db: Database, ref: LeaseRef, options: DispatchOptions): Promise<void> {
  await transact(db, async (tx) => {
    await lockPool(tx);
    const build = await lockBuild(tx, ref.buildId);
    const lease = await tx
      .selectFrom('leases')
      .select('attempt')
      .where('id', '=', ref.leaseId)
      .where('build_id', '=', ref.buildId)
      .where('fence', '=', ref.fence)
      .executeTakeFirst();
    if (lease === undefined) return;
    if (await releaseHeld(tx, build, { id: ref.leaseId, attempt: lease.attempt })) {
      await grantAll(tx, options);
    }
  });
}

/** Releases a lease with its attempt; false when it was over. Needs the build's lock. */
export async function releaseHeld(
  tx: Tx,
  build: LockedBuild,
  lease: { readonly id: string; readonly attempt: number },
): Promise<boolean> {
  if (!(await closeLease(tx, lease.id, 'released'))) return false;
  const cancelled = build.status === 'cancelled' || build.cancel_requested_at !== null;
  await endAttempt(tx, build.id, lease.attempt, cancelled ? 'cancelled' : 'failed');
  await notifyBuild(tx, build.id);
  return true;
}
