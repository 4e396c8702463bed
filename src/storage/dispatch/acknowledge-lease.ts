import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { RunSpec } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { asStorageError } from '../errors.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { after, databaseNow } from '../times.js';
import { newToken } from '../token.js';
import { readRunSpec } from './run-spec.js';
import { VALID_STATES } from './valid-leases.js';

/** granted -> active with a new token. Repeating gives another token for the same lease; the one before is void. */
export async function acknowledgeLease(
  db: Database,
  leaseTtlMs: number,
  { workerId, hostId }: { readonly workerId: string; readonly hostId: string | undefined },
  leaseId: string,
  fence: number,
): Promise<{ leaseToken: string; ttlMs: number; run: RunSpec }> {
  const tenantId = await tenantOf(db, parseId(leaseId), workerId);
  return inTenant(db, tenantId, async (tx) => {
    await refuseOtherHost(tx, workerId, hostId);
    const { token, sha256 } = newToken('lease');
    const at = await databaseNow(tx);
    const lease = await tx
      .updateTable('leases')
      .set({
        state: 'active',
        token_sha256: sha256,
        acknowledged_at: sql<Date>`coalesce(acknowledged_at, ${at})`,
        expires_at: after(at, leaseTtlMs),
      })
      .where('id', '=', leaseId)
      .where('worker_id', '=', workerId)
      .where('fence', '=', fence)
      .where('state', 'in', VALID_STATES)
      .returning(['build_id as buildId', 'attempt', 'fence'])
      .executeTakeFirst();
    if (lease === undefined) throw new KilnError('stale_fence');
    await settleDoorbells(tx, lease.buildId);
    await notifyBuild(tx, lease.buildId, 'build');
    return { leaseToken: token, ttlMs: leaseTtlMs, run: await readRunSpec(tx, lease) };
  });
}

/** Only a workflow that has heard of a grant has it taken up; under the lock of the lease, so that no news of its end is among them. */
async function settleDoorbells(tx: Tx, buildId: string): Promise<void> {
  await tx
    .deleteFrom('outbox')
    .where('build_id', '=', buildId)
    .where(sql`message ->> 'kind'`, '=', 'lease_granted')
    .execute();
}

/** Raises `worker_taken` where another host speaks by the token of the worker. */
async function refuseOtherHost(tx: Tx, workerId: string, hostId: string | undefined): Promise<void> {
  const worker = await tx
    .selectFrom('build_workers')
    .select(['worker_name', 'host_id'])
    .where('id', '=', workerId)
    .executeTakeFirst();
  const known = worker?.host_id ?? null;
  if (hostId === undefined || known === null || known === hostId) return;
  throw new KilnError('worker_taken', {
    message: `Another host speaks as the worker ${worker?.worker_name}.`,
  });
}

/** not_found when there is no such lease, or when it is another worker's: both look alike. */
async function tenantOf(db: Database, leaseId: string, workerId: string): Promise<string> {
  const { rows } = await sql<{ tenant_id: string | null }>`
    SELECT lease_tenant(${leaseId}, ${workerId}) AS tenant_id`
    .execute(db)
    .catch((error: unknown) => {
      throw asStorageError(error);
    });
  const tenantId = rows[0]?.tenant_id ?? null;
  if (tenantId === null) throw new KilnError('not_found', { message: 'This worker has no such lease.' });
  return tenantId;
}
