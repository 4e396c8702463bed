import { sql } from 'kysely';
import { isTerminal } from '../../domain/builds/status.js';
import { noSuchBuild } from '../../domain/builds/no-such-build.js';
import { parseId } from '../../domain/ids.js';
import type { Build } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { putOutbox } from '../outbox-row.js';
import { readBuild } from './read-build.js';

/** Asks for the end of a build. Repeating rings the doorbell again but keeps the first time. */
export async function requestCancel(db: Database, tenant: TenantContext, buildId: string): Promise<Build> {
  return inTenant(db, tenant.tenantId, async (tx) => {
    const row = await tx
      .selectFrom('builds')
      .select(['status', 'cancel_requested_at'])
      .where('id', '=', parseId(buildId))
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) throw noSuchBuild();
    if (!isTerminal(row.status)) {
      if (row.cancel_requested_at === null) {
        await tx
          .updateTable('builds')
          .set({
            cancel_requested_at: sql<Date>`clock_timestamp()`,
            cancel_requested_by_user_id: tenant.userId,
          })
          .where('id', '=', buildId)
          .execute();
      }
      await putOutbox(tx, tenant.tenantId, { kind: 'cancel_build', buildId });
      await notifyBuild(tx, buildId);
    }
    return readBuild(tx, buildId);
  });
}
