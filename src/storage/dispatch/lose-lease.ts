import { QUARANTINE_AFTER_LOSSES } from '../../domain/dispatch/lease.js';
import { isTerminal } from '../../domain/builds/status.js';
import { endBuild } from '../builds/end-build.js';
import { isPublished } from '../builds/published.js';
import type { Tx } from '../database.js';
import { notifyBuild } from '../notify.js';
import { putOutbox } from '../outbox-row.js';
import { closeLease } from './close-lease.js';
import { endAttempt } from './end-attempt.js';
import type { LockedBuild } from './lock-build.js';
import type { DispatchOptions } from './options.js';
import { quarantineAfter } from './quarantine-worker.js';
import { queueAgain } from './queue-again.js';

export interface LostLease {
  readonly id: string;
  readonly attempt: number;
}

/**
 * A lease that is lost: closed with its attempt, the fence raised, the build queued again, or failed as quarantined after too
 * many lost workers. False when the lease was over already. Needs the locks of the pool and of the build.
 */
export async function loseLease(
  tx: Tx,
  build: LockedBuild,
  lease: LostLease,
  reason: 'worker_lost' | 'grant_unacknowledged',
  { quarantineMs }: Pick<DispatchOptions, 'quarantineMs'>,
  options: { onlyIfOverdue?: boolean } = {},
): Promise<boolean> {
  if (!(await closeLease(tx, lease.id, reason, options))) return false;
  await endAttempt(tx, build.id, lease.attempt, reason);
  await quarantineAfter(tx, lease.id, reason, quarantineMs);
  if (!isTerminal(build.status)) {
    if (isPublished(build)) {
      // The workflow is about to record the success; nothing is left for another attempt to do.
    } else if ((await lostWorkers(tx, build.id)) >= QUARANTINE_AFTER_LOSSES) {
      await endBuild(tx, build, {
        status: 'failed',
        result: 'failed',
        failure: { code: 'quarantined', stage: null },
        reason: 'quarantined',
        attempt: lease.attempt,
      });
    } else {
      await queueAgain(tx, build, reason);
    }
    await putOutbox(tx, build.tenant_id, { kind: 'lease_granted', buildId: build.id });
  }
  await notifyBuild(tx, build.id);
  return true;
}

async function lostWorkers(tx: Tx, buildId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('leases')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('build_id', '=', buildId)
    .where('ended_reason', '=', 'worker_lost')
    .executeTakeFirstOrThrow();
  return count;
}
