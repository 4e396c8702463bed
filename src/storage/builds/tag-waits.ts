import type { LeaseRef } from '../../domain/dispatch/lease.js';
import type { Database, Tx } from '../database.js';
import { lockBuild } from '../dispatch/lock-build.js';
import { notifyBuild } from '../notify.js';
import { storableOrNull } from '../storable.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { isHeld } from './held.js';

/** Shows in the publication to a repository that one of its tags waits, and for what. Nothing happens when the lease is not the build's any more. */
export async function noteWait(
  db: Database,
  lease: LeaseRef,
  repository: string,
  reason: string,
): Promise<void> {
  await transact(db, async (tx) => {
    const build = await lockBuild(tx, lease.buildId);
    if (!(await isHeld(tx, build, lease))) return;
    await tx
      .updateTable('publications')
      .set({ status: 'waiting', waiting_reason: storableOrNull(reason), completed_at: null })
      .where('build_id', '=', build.id)
      .where('repository', '=', repository)
      .where('status', 'in', ['copied', 'waiting'])
      .execute();
    await notifyBuild(tx, build.id, 'build');
  });
}

/** In the transaction that notes the tag: the copy to its repository is over again. */
export async function endWait(tx: Tx, buildId: string, repository: string): Promise<void> {
  await tx
    .updateTable('publications')
    .set({ status: 'copied', waiting_reason: null, completed_at: await databaseNow(tx) })
    .where('build_id', '=', buildId)
    .where('repository', '=', repository)
    .where('status', '=', 'waiting')
    .execute();
}
