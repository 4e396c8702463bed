import { sql } from 'kysely';
import type { Database } from '../database.js';
import { notifyBuild } from '../notify.js';
import { transact } from '../transact.js';

/** Says whether staging and the rest are gone; cleanup_at is the first time they were. */
export async function recordCleanup(
  db: Database,
  buildId: string,
  status: 'completed' | 'failed',
): Promise<void> {
  await transact(db, async (tx) => {
    await tx
      .updateTable('build_results')
      .set({ cleanup_status: status })
      .where('build_id', '=', buildId)
      .execute();
    if (status === 'completed') {
      await tx
        .updateTable('builds')
        .set({ cleanup_at: sql<Date>`clock_timestamp()` })
        .where('id', '=', buildId)
        .where('cleanup_at', 'is', null)
        .execute();
    }
    await notifyBuild(tx, buildId, 'build');
  });
}
