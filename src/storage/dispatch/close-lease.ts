import { sql } from 'kysely';
import { chargeOf, SHARE_HALF_LIFE_MS } from '../../domain/dispatch/fair-share.js';
import type { Tx } from '../database.js';
import type { LeaseEnd } from '../schema/dispatch.js';
import { NOW } from '../times.js';
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
  const closed = await tx
    .updateTable('leases')
    .set({ state: reason === 'released' ? 'released' : 'expired', ended_at: NOW, ended_reason: reason })
    .where('id', '=', leaseId)
    .where('state', 'in', VALID_STATES)
    .$if(options.onlyIfOverdue === true, (query) => query.where('expires_at', '<', NOW))
    .returning(['worker_id', 'tenant_id', 'granted_at', 'ended_at'])
    .executeTakeFirst();
  if (closed === undefined) return false;
  const at = closed.ended_at ?? closed.granted_at;
  await charge(tx, closed.tenant_id, chargeOf(at.getTime() - closed.granted_at.getTime()), at);
  await tx
    .updateTable('build_workers')
    .set((eb) => ({ current_builds_count: eb('current_builds_count', '-', 1) }))
    .where('id', '=', closed.worker_id)
    .execute();
  return true;
}

/** Adds what a lease counts to what its tenant has used, as that counts now. */
async function charge(tx: Tx, tenantId: string, chargedMs: number, at: Date): Promise<void> {
  // Far beyond a hundred half-lives PostgreSQL calls the power an error, not zero.
  const halfLives = sql`least(greatest(0, extract(epoch FROM excluded.as_of - s.as_of)) * 1000 / ${SHARE_HALF_LIFE_MS}::float8, 100)`;
  await sql`
    INSERT INTO tenant_shares AS s (tenant_id, used_milliseconds, as_of) VALUES (${tenantId}, ${chargedMs}, ${at})
    ON CONFLICT (tenant_id) DO UPDATE SET
      used_milliseconds = s.used_milliseconds * power(2::float8, -${halfLives}) + excluded.used_milliseconds,
      as_of = greatest(s.as_of, excluded.as_of)`.execute(tx);
}
