import { sql, type Selectable } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Tx } from '../database.js';
import type { BuildPrunesTable, ImagePrunesTable } from '../schema/retention.js';

/** Prunes of either kind. Of each kind one at most is open in a project. */
interface Prunes {
  image_prunes: Selectable<ImagePrunesTable>;
  build_prunes: Selectable<BuildPrunesTable>;
}

/** Opens a prune that somebody asks for, and gives the one that is open; `unavailable` where that has ended just now. */
export async function requestPrune<T extends keyof Prunes>(
  tx: Tx,
  table: T,
  { tenantId, userId }: TenantContext,
  projectId: string,
): Promise<Prunes[T]> {
  await sql`INSERT INTO ${sql.table(table)} (tenant_id, project_id, prune_trigger, requested_by_user_id)
    VALUES (${tenantId}, ${projectId}, 'manual', ${userId})
    ON CONFLICT (project_id) WHERE completed_at IS NULL DO NOTHING`.execute(tx);
  const { rows } = await sql<Prunes[T]>`
    SELECT * FROM ${sql.table(table)} WHERE project_id = ${projectId} AND completed_at IS NULL`.execute(tx);
  if (rows[0] !== undefined) return rows[0];
  throw new KilnError('unavailable', { message: 'Another prune has ended just now: ask again.' });
}

/** Ids of the prunes that are open, or of those that have been for so long. */
export async function openPrunes(tx: Tx, table: keyof Prunes, olderThanMs?: number): Promise<string[]> {
  const isOld =
    olderThanMs === undefined
      ? sql`true`
      : sql`requested_at <= clock_timestamp() - ${olderThanMs} * interval '1 ms'`;
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM ${sql.table(table)} WHERE completed_at IS NULL AND ${isOld} ORDER BY id`.execute(tx);
  return rows.map(({ id }) => id);
}
