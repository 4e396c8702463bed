import { KilnError } from '../../domain/errors.js';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Tx } from '../database.js';

/**
 * Lets an effect through only under an active lease with the current fence, which then cannot end before the effect is
 * committed. stale_fence otherwise.
 */
export async function holdLease(tx: Tx, holder: LeaseHolder, fence: number): Promise<void> {
  const lease = await tx
    .selectFrom('leases')
    .select('fence')
    .where('id', '=', holder.leaseId)
    .where('build_id', '=', holder.buildId)
    .where('state', '=', 'active')
    .forShare()
    .executeTakeFirst();
  if (lease === undefined || lease.fence !== fence || holder.fence !== fence) {
    throw new KilnError('stale_fence');
  }
}
