import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** Extends an active lease by its TTL. Overdue leases may still be renewed as long as nobody has ended them. */
export async function renewLease(
  db: Database,
  leaseTtlMs: number,
  holder: LeaseHolder,
  fence: number,
): Promise<{ ttlMs: number; cancelRequested: boolean }> {
  return inTenant(db, holder.tenantId, async (tx) => {
    const lease = await tx
      .updateTable('leases')
      .set({ expires_at: sql<Date>`clock_timestamp() + ${leaseTtlMs} * interval '1 ms'` })
      .where('id', '=', holder.leaseId)
      .where('state', '=', 'active')
      .where('fence', '=', fence)
      .returning('fence')
      .executeTakeFirst();
    if (lease === undefined || holder.fence !== fence) throw new KilnError('stale_fence');
    const build = await tx
      .selectFrom('builds')
      .select('cancel_requested_at')
      .where('id', '=', holder.buildId)
      .executeTakeFirstOrThrow();
    return { ttlMs: leaseTtlMs, cancelRequested: build.cancel_requested_at !== null };
  });
}
