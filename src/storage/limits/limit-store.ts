import { sql } from 'kysely';
import type { LimitValues } from '../../domain/limits/effective-limits.js';
import { LIMIT_NAMES, type LimitName } from '../../domain/limits/limit-table.js';
import type { LimitStore } from '../../ports/limits.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { readQueueSettings, writeQueueSettings } from './queue-settings.js';

/** Limits as people set them. Works under the role kiln_api. */
export function createLimitStore(db: Database): LimitStore {
  return {
    read: (tenant, projectId) =>
      inTenant(db, tenant.tenantId, async (tx) => ({
        tenant: { ...(await readRow(tx, null)), ...(await readPolicy(tx)) },
        project: projectId === null ? {} : await readRow(tx, projectId),
      })),

    queue: (tenant) => inTenant(db, tenant.tenantId, readQueueSettings),

    change: (tenant, projectId, change, queue = {}) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        await writeQueueSettings(tx, tenant.tenantId, queue);
        const { max_queued_wait_minutes: wait, ...own } = change;
        const columns = projectId === null ? own : change;
        if (projectId === null && wait !== undefined) await writePolicy(tx, tenant.tenantId, wait);
        if (Object.keys(columns).length === 0) return;
        const key = { tenant_id: tenant.tenantId, project_id: projectId };
        const values = { ...columns, updated_by_user_id: tenant.userId };
        await tx
          .insertInto('build_limits')
          .values({ ...key, ...values })
          .onConflict((conflict) =>
            conflict
              .columns(['tenant_id', 'project_id'])
              .doUpdateSet({ ...values, updated_at: sql<Date>`clock_timestamp()` }),
          )
          .execute();
      }),

    greatestOfProjects: (tenant) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('build_limits')
          .select((eb) => LIMIT_NAMES.map((name) => eb.fn.max(name).as(name)))
          .where('project_id', 'is not', null)
          .executeTakeFirst();
        return row === undefined ? {} : valuesOf(row);
      }),
  };
}

async function readRow(tx: Tx, projectId: string | null): Promise<LimitValues> {
  const row = await tx
    .selectFrom('build_limits')
    .select(LIMIT_NAMES)
    .where('project_id', 'is not distinct from', projectId)
    .executeTakeFirst();
  return row === undefined ? {} : valuesOf(row);
}

/** How long builds of the tenant may wait stands beside its other limits of the queue. */
async function readPolicy(tx: Tx): Promise<LimitValues> {
  const row = await tx
    .selectFrom('build_concurrency_policies')
    .select('max_queued_wait_minutes')
    .executeTakeFirst();
  return row === undefined ? {} : valuesOf(row);
}

async function writePolicy(tx: Tx, tenantId: string, minutes: number | null): Promise<void> {
  await tx
    .insertInto('build_concurrency_policies')
    .values({ tenant_id: tenantId, max_queued_wait_minutes: minutes })
    .onConflict((conflict) =>
      conflict
        .column('tenant_id')
        .doUpdateSet({ max_queued_wait_minutes: minutes, updated_at: sql<Date>`clock_timestamp()` }),
    )
    .execute();
}

function valuesOf(row: Partial<Record<LimitName, number | null>>): LimitValues {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
