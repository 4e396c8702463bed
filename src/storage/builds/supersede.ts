import { sql } from 'kysely';
import type { TenantContext } from '../../ports/stores.js';
import type { Tx } from '../database.js';
import { notifyBuild } from '../notify.js';
import { putOutbox } from '../outbox-row.js';
import type { Admission } from './admit.js';

/**
 * Builds of a branch that run or wait for a slot, locked. Not those whose publication has begun, which no cancel stops, and not those that
 * wait for approval, which hold no slot, nor what-ifs, which are of no branch though they have its source.
 */
export async function findOlder(
  tx: Tx,
  projectId: string,
  branch: string,
): Promise<{ id: string; number: number }[]> {
  const { rows } = await sql<{ id: string; number: number }>`
    SELECT b.id, b.build_number AS number FROM builds b JOIN build_configs c ON c.build_id = b.id
    WHERE b.project_id = ${projectId} AND b.completed_at IS NULL AND b.held_at IS NULL
      AND b.cancel_requested_at IS NULL AND b.publish_began_at IS NULL AND b.what_if IS NULL
      AND coalesce(b.branch, regexp_replace(c.git_ref, '^refs/heads/', '')) = ${branch}
    ORDER BY b.id FOR NO KEY UPDATE OF b`.execute(tx);
  return rows.sort((a, b) => a.number - b.number);
}

/** Has the older builds cancelled in the name of the newer one, which is stored already. */
export async function supersede(
  tx: Tx,
  tenant: TenantContext,
  newer: string,
  older: Admission['supersedes'],
): Promise<void> {
  for (const { id } of older) {
    await tx
      .updateTable('builds')
      .set({
        cancel_requested_at: sql<Date>`clock_timestamp()`,
        cancel_requested_by_user_id: tenant.userId,
        superseded_by_build_id: newer,
      })
      .where('id', '=', id)
      .execute();
    await putOutbox(tx, tenant.tenantId, { kind: 'cancel_build', buildId: id });
    await notifyBuild(tx, id);
  }
}
