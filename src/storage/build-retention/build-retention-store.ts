import type { Selectable } from 'kysely';
import type { BuildPrune, JudgedBuild } from '../../contracts/build-retention.js';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import { type BuildRetention, removesBuilds, whyBuild } from '../../domain/retention/build-retention.js';
import type { BuildRetentionStore } from '../../ports/build-retention.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import type { BuildPrunesTable } from '../schema/retention.js';
import { requestPrune } from '../retention/open-prunes.js';
import { isoOrNull, NOW } from '../times.js';
import { type JudgedRow, planBuilds } from './plan-builds.js';
import { readRetention } from './retention-rows.js';

/** An answer names so many builds of either kind at most. */
const SHOWN = 1_000;

/** The api's side of the retention of builds. Works under the role kiln_api. */
export function createBuildRetentionStore(
  db: Database,
  { installationLogDays }: { readonly installationLogDays: number | null },
): BuildRetentionStore {
  const read = (tx: Tx, { tenantId }: TenantContext, projectId: string | null) =>
    readRetention(tx, { tenantId, projectId }, installationLogDays);
  const rulesOf = async (tx: Tx, tenant: TenantContext, projectId: string): Promise<BuildRetention> => {
    const { effective } = await read(tx, tenant, projectId);
    if (removesBuilds(effective)) return effective;
    throw new KilnError('conflict', {
      message:
        'No build is removed here: say which ones first, as with `kiln builds retention PROJECT --keep-builds 50`.',
      fix: 'Set a rule as the message shows; `kiln builds prune PROJECT --dry-run` then says what would go.',
    });
  };
  return {
    read: (tenant, projectId) => inTenant(db, tenant.tenantId, (tx) => read(tx, tenant, projectId)),

    change: (tenant, projectId, change) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const values = { ...change, updated_by_user_id: tenant.userId };
        await tx
          .insertInto('build_retentions')
          .values({ tenant_id: tenant.tenantId, project_id: projectId, ...values })
          .onConflict((conflict) =>
            conflict.columns(['tenant_id', 'project_id']).doUpdateSet({ ...values, updated_at: NOW }),
          )
          .execute();
        return read(tx, tenant, projectId);
      }),

    preview: (tenant, projectId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const retention = await rulesOf(tx, tenant, projectId);
        const of = { tenantId: tenant.tenantId, projectId };
        const goes = await planBuilds(tx, of, retention, { goes: true, limit: SHOWN });
        const stays = await planBuilds(tx, of, retention, { goes: false, limit: SHOWN });
        const toJudged = (row: JudgedRow): JudgedBuild => ({
          build_id: row.id,
          build_number: row.build_number,
          branch: row.branch,
          status: row.status,
          completed_at: isoOrNull(row.completed_at),
          because: whyBuild(retention, row),
        });
        return {
          retention,
          ...{ goes: goes.builds.map(toJudged), goes_count: goes.total },
          ...{ stays: stays.builds.map(toJudged), stays_count: stays.total },
        };
      }),

    request: (tenant, projectId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        await rulesOf(tx, tenant, projectId);
        return toPrune(await requestPrune(tx, 'build_prunes', tenant, projectId));
      }),

    get: (tenant, pruneId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('build_prunes')
          .selectAll()
          .where('id', '=', parseId(pruneId))
          .executeTakeFirst();
        if (row === undefined)
          throw new KilnError('not_found', { message: 'There is no such prune of builds.' });
        return toPrune(row);
      }),
  };
}

function toPrune(row: Selectable<BuildPrunesTable>): BuildPrune {
  return {
    id: row.id,
    project_id: row.project_id,
    prune_trigger: row.prune_trigger,
    requested_at: row.requested_at.toISOString(),
    completed_at: isoOrNull(row.completed_at),
    removed_builds: row.removed_builds,
    removed_log_bytes: row.removed_log_bytes,
  };
}
