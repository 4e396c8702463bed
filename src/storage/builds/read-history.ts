import type { StatusChange } from '../../ports/records.js';
import type { Tx } from '../database.js';

/** Status changes, the oldest first. */
export async function readHistory(tx: Tx, buildId: string): Promise<StatusChange[]> {
  const rows = await tx
    .selectFrom('build_status_history')
    .select(['from_status', 'to_status', 'reason', 'changed_by_system', 'changed_at'])
    .where('build_id', '=', buildId)
    .orderBy('sequence')
    .execute();
  return rows.map((row) => ({ ...row, changed_at: row.changed_at.toISOString() }));
}
