import type { Tx } from '../database.js';
import type { LeaseEnd } from '../schema/dispatch.js';
import { databaseNow } from '../times.js';
import { VALID_STATES } from './valid-leases.js';

/**
 * Ends a valid lease and gives its slot back; false when it was over already, so a repetition counts nothing twice. Needs the
 * build's lock.
 */
export async function closeLease(
  tx: Tx,
  leaseId: string,
  reason: LeaseEnd,
  options: { onlyIfOverdue?: boolean } = {},
): Promise<boolean> {
  const at = await databaseNow(tx);
  const closed = await tx
    .updateTable('leases')
    .set({ state: reason === 'released' ? 'released' : 'expired', ended_at: at, ended_reason: reason })
    .where('id', '=', leaseId)
    .where('state', 'in', VALID_STATES)
    .$if(options.onlyIfOverdue === true, (query) => query.where('expires_at', '<', at))
    .returning('worker_id')
    .executeTakeFirst();
  if (closed === undefined) return false;
  await tx
    .updateTable('build_workers')
    .set((eb) => ({ current_builds_count: eb('current_builds_count', '-', 1) }))
    .where('id', '=', closed.worker_id)
    .execute();
  return true;
}
