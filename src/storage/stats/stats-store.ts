import { sql } from 'kysely';
import type { StatsStore } from '../../ports/stats.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { readCacheUse } from './read-cache-use.js';
import { countBuilds, readDays } from './read-days.js';
import { readOutcomes } from './read-outcomes.js';
import { readSlowSteps } from './read-slow-steps.js';

/** Statistics of a tenant. Works under the role kiln_api. */
export function createStatsStore(db: Database): StatsStore {
  const ofTenant = <T>({ tenantId }: TenantContext, work: (tx: Tx) => Promise<T>): Promise<T> =>
    inTenant(db, tenantId, work);
  return {
    days: (tenant, query) =>
      ofTenant(tenant, async (tx) => {
        // Asked first: what is written after it may be in the days already, never the other way round.
        const isCurrent = await isCounted(tx, tenant.tenantId);
        return { days: await readDays(tx, tenant.tenantId, query), isCurrent };
      }),
    slowSteps: (tenant, query, limit) =>
      ofTenant(tenant, async (tx) =>
        readSlowSteps(tx, tenant.tenantId, await readZone(tx, tenant.tenantId), query, limit),
      ),
    cacheUse: (tenant, query) =>
      ofTenant(tenant, async (tx) => {
        const isCurrent = await isCounted(tx, tenant.tenantId);
        const items = await readCacheUse(tx, tenant.tenantId, query);
        return { items, builds: await countBuilds(tx, tenant.tenantId, query), isCurrent };
      }),
    outcomes: (tenant, query, by, limit) =>
      ofTenant(tenant, async (tx) => {
        const isCurrent = await isCounted(tx, tenant.tenantId);
        const items = await readOutcomes(tx, tenant.tenantId, query, { by, limit });
        return { items, builds: await countBuilds(tx, tenant.tenantId, query), isCurrent };
      }),
  };
}

async function readZone(tx: Tx, tenantId: string): Promise<string> {
  const { time_zone: zone } = await tx
    .selectFrom('tenants')
    .select('time_zone')
    .where('id', '=', tenantId)
    .executeTakeFirstOrThrow();
  return zone;
}

async function isCounted(tx: Tx, tenantId: string): Promise<boolean> {
  const { rows } = await sql<{ waits: boolean }>`
    SELECT EXISTS (SELECT FROM uncounted_spans WHERE tenant_id = ${tenantId})
        OR EXISTS (SELECT FROM uncounted_days WHERE tenant_id = ${tenantId}) AS waits`.execute(tx);
  return rows[0]?.waits !== true;
}
