import { isTerminal } from '../../domain/builds/status.js';
import type { LeaseRef } from '../../domain/dispatch/lease.js';
import type { Tx } from '../database.js';
import type { LockedBuild } from '../dispatch/lock-build.js';
import { VALID_STATES } from '../dispatch/valid-leases.js';

/** Whether a locked build that is not over is held by this lease. */
export async function isHeld(tx: Tx, build: LockedBuild, ref: LeaseRef): Promise<boolean> {
  if (isTerminal(build.status) || build.fence !== ref.fence) return false;
  const lease = await tx
    .selectFrom('leases')
    .select('id')
    .where('id', '=', ref.leaseId)
    .where('build_id', '=', build.id)
    .where('fence', '=', ref.fence)
    .where('state', 'in', VALID_STATES)
    .executeTakeFirst();
  return lease !== undefined;
}
