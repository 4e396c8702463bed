import type { AttemptEnd } from '../../domain/dispatch/lease.js';
import type { Tx } from '../database.js';
import { NOW } from '../times.js';
import { sealOpenLog } from './seal-open-log.js';

/** Closes an attempt that has not reported its own end, and seals its log as it is. Repeating changes nothing. */
export async function endAttempt(
  tx: Tx,
  buildId: string,
  attempt: number,
  reason: AttemptEnd,
): Promise<void> {
  await tx
    .updateTable('attempts')
    .set({ ended_at: NOW, ended_reason: reason })
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('ended_at', 'is', null)
    .execute();
  await sealOpenLog(tx, buildId, attempt);
}
