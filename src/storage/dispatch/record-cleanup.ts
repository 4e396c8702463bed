import { sql } from 'kysely';
import type { Database, Tx } from '../database.js';
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
    if (status === 'completed') await forgetImage(tx, buildId);
    await notifyBuild(tx, buildId, 'build');
  });
}

/** The image of a what-if is nowhere any more once its staging is empty, unless a build has published the same, or another what-if has it. */
async function forgetImage(tx: Tx, buildId: string): Promise<void> {
  await sql`
    UPDATE images i SET deleted_at = clock_timestamp() FROM builds b
    WHERE b.id = ${buildId} AND b.what_if IS NOT NULL AND i.id = b.image_id AND i.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM builds o WHERE o.image_id = i.id AND (o.what_if IS NULL OR o.cleanup_at IS NULL))`.execute(
    tx,
  );
}
