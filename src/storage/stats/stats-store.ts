import { sql } from 'kysely';
import { daysFromTo } from '../../domain/stats/local-days.js';
import type { DayRange } from '../../domain/stats/periods.js';
import type { DayCounts } from '../../domain/stats/performance.js';
import type { StatsStore } from '../../ports/stats.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { countDays } from './count-days.js';
import { readCacheUse } from './read-cache-use.js';
import { readOutcomes } from './read-outcomes.js';
import { readSlowSteps } from './read-slow-steps.js';

/** Statistics of a tenant. Works under the role kiln_api. */
export function createStatsStore(db: Database): StatsStore {
  const ofTenant = <T>({ tenantId }: TenantContext, work: (tx: Tx) => Promise<T>): Promise<T> =>
    inTenant(db, tenantId, work);
  return {
    days: (tenant, { range, projectId }) =>
      ofTenant(tenant, async (tx) => {
        const { tenantId } = tenant;
        // Asked first: what is written after it may be in the days already, never the other way round.
        const isCurrent = projectId !== null || (await isCounted(tx, tenantId));
        if (projectId === null) return { days: await readDays(tx, tenantId, range), isCurrent };
        const zone = await readZone(tx, tenantId);
        const days = await countDays(tx, { tenantId, projectId, zone }, daysFromTo(range.from, range.until));
        return { days, isCurrent };
      }),
    slowSteps: (tenant, query, limit) =>
      ofTenant(tenant, async (tx) =>
        readSlowSteps(tx, tenant.tenantId, await readZone(tx, tenant.tenantId), query, limit),
      ),
    cacheUse: (tenant, query) =>
      ofTenant(tenant, async (tx) =>
        readCacheUse(tx, tenant.tenantId, await readZone(tx, tenant.tenantId), query),
      ),
    outcomes: (tenant, query, by, limit) =>
      ofTenant(tenant, async (tx) =>
        readOutcomes(tx, tenant.tenantId, await readZone(tx, tenant.tenantId), query, { by, limit }),
      ),
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

async function readDays(tx: Tx, tenantId: string, { from, until }: DayRange): Promise<DayCounts[]> {
  const rows = await tx
    .selectFrom('build_performance_daily')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('date', '>=', from)
    .where('date', '<=', until)
    .orderBy('date')
    .execute();
  return rows.map((row) => ({
    date: row.date,
    totalBuilds: row.total_builds,
    successful: row.successful,
    failed: row.failed,
    cancelled: row.cancelled,
    measuredBuilds: row.measured_builds,
    durationMs: row.duration_milliseconds,
    queueWaits: row.queue_waits,
    failures: row.failures,
    methods: {
      ...{ kaniko: row.kaniko_count, buildx: row.buildx_count, container: row.container_count },
      ...{ packer: row.packer_count, paketo: row.paketo_count },
    },
    maxConcurrent: row.max_concurrent_at_peak,
  }));
}
