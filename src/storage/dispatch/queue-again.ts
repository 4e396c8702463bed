import type { RequeueReason } from '../../domain/builds/status.js';
import type { Tx } from '../database.js';
import { after, databaseNow } from '../times.js';
import type { LockedBuild } from './lock-build.js';

/** in_progress -> queued, with the fence raised. No lease is given before the wait, or the hold, is over. Needs the build's lock. */
export async function queueAgain(
  tx: Tx,
  build: LockedBuild,
  reason: RequeueReason,
  given: { readonly waitMs?: number; readonly because?: string } = {},
): Promise<void> {
  const at = await databaseNow(tx);
  await tx
    .updateTable('builds')
    .set((eb) => ({
      status: 'queued',
      requeue_reason: reason,
      queued_at: at,
      held_at: reason === 'held' ? at : null,
      not_before: given.waitMs === undefined ? null : after(at, given.waitMs),
      fence: eb('fence', '+', 1),
    }))
    .where('id', '=', build.id)
    .execute();
  await tx
    .insertInto('build_status_history')
    .values({
      tenant_id: build.tenant_id,
      build_id: build.id,
      from_status: build.status,
      to_status: 'queued',
      reason: given.because ?? reason,
      changed_by_system: true,
      changed_at: at,
    })
    .execute();
}
