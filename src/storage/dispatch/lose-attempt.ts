import type { LeaseRef } from '../../domain/dispatch/lease.js';
import type { Database } from '../database.js';
import { lockPool } from '../locks.js';
import { transact } from '../transact.js';
import { grantAll } from './grant-next.js';
import { lockBuild } from './lock-build.js';
import { loseLease } from './lose-lease.js';
import type { DispatchOptions } from './options.js';

/** The workflow saw that the run is gone. A lease that is over is left alone. */
export async function loseAttempt(db: Database, ref: LeaseRef, options: DispatchOptions): Promise<void> {
  const loss = await transact(db, async (tx) => {
    await lockPool(tx);
    const build = await lockBuild(tx, ref.buildId);
    const lease = await tx
      .selectFrom('leases')
      .select(['id', 'attempt'])
      .where('id', '=', ref.leaseId)
      .where('build_id', '=', ref.buildId)
      .where('fence', '=', ref.fence)
      .executeTakeFirst();
    if (lease === undefined) return null;
    const lost = await loseLease(tx, build, lease, 'worker_lost', options);
    if (lost !== null) await grantAll(tx, options);
    return lost;
  });
  if (loss?.ended != null) options.onEnd?.(loss.ended);
}
