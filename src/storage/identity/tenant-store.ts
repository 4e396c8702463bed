import { sql } from 'kysely';
import type { Tenant, TenantStore } from '../../ports/tenants.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** Works under the role kiln_api. */
export function createTenantStore(db: Database): TenantStore {
  return {
    get: ({ tenantId }) => inTenant(db, tenantId, (tx) => read(tx, tenantId)),
    setZone: ({ tenantId }, zone) =>
      inTenant(db, tenantId, async (tx) => {
        await setZone(tx, tenantId, zone);
        return read(tx, tenantId);
      }),
  };
}

async function read(tx: Tx, tenantId: string): Promise<Tenant> {
  return tx
    .selectFrom('tenants')
    .select(['id', 'slug', 'name', 'time_zone as timeZone'])
    .where('id', '=', tenantId)
    .executeTakeFirstOrThrow();
}

/** The span is wider than what the tenant has built, by more than zones lie apart, so that no row of the zone before stays. */
async function setZone(tx: Tx, tenantId: string, zone: string): Promise<void> {
  const changed = await tx
    .updateTable('tenants')
    .set({ time_zone: zone })
    .where('id', '=', tenantId)
    .where('time_zone', '!=', zone)
    .returning('id')
    .executeTakeFirst();
  if (changed === undefined) return;
  await sql`
    INSERT INTO uncounted_spans (tenant_id, began_at, ended_at)
    SELECT ${tenantId}::uuid, coalesce(min(created_at), now()) - interval '2 days',
           greatest(now(), max(created_at), max(completed_at)) + interval '2 days'
    FROM builds WHERE tenant_id = ${tenantId}`.execute(tx);
}
