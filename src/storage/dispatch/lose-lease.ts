import { sql } from 'kysely';
import { SILENT_SINCE_LOSS } from '../../domain/dispatch/judge-worker.js';
import { QUARANTINE_AFTER_LOSSES, WORKER_REMOVED } from '../../domain/dispatch/lease.js';
import type { EndedBuild } from '../../domain/builds/pipeline-run.js';
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
import { stagedImage } from './staged-image.js';

export interface LostLease {
  readonly id: string;
  readonly attempt: number;
}

/** `ended`: the build, when the loss has ended it. */
export interface Loss {
  readonly ended: EndedBuild | null;
}

/**
 * A lease that is lost: closed with its attempt, the fence raised, the build queued again, or failed as quarantined after too
 * many lost workers; not any more once its image lies in staging, for the copy that is left brings no host down. A host that was removed
 * does not count: it was taken away on purpose, which says nothing about the build. Null when the lease was over already. Needs the locks
 * of the pool and of the build.
 */
export async function loseLease(
  tx: Tx,
  build: LockedBuild,
  lease: LostLease,
  reason: 'worker_lost' | 'grant_unacknowledged',
  { quarantineMs }: Pick<DispatchOptions, 'quarantineMs'>,
  options: { onlyIfOverdue?: boolean } = {},
): Promise<Loss | null> {
  if (!(await closeLease(tx, lease.id, reason, options))) return null;
  let ended: EndedBuild | null = null;
  await endAttempt(tx, build.id, lease.attempt, reason);
  if (options.onlyIfOverdue === true) await noteSilence(tx, lease.id);
  await quarantineAfter(tx, lease.id, reason, quarantineMs);
  if (!isTerminal(build.status)) {
    const { losses, hosts } = await lostWorkers(tx, build.id);
    if (isPublished(build)) {
      // The workflow is about to record the success; nothing is left for another attempt to do.
    } else if (losses >= QUARANTINE_AFTER_LOSSES && (await stagedImage(tx, build.id)) === null) {
      ended = await endBuild(tx, build, {
        status: 'failed',
        result: 'failed',
        failure: { code: 'quarantined', stage: null, message: lossesText(losses, hosts) },
        reason: 'quarantined',
        attempt: lease.attempt,
      });
    } else {
      const because = (await isOfRemovedWorker(tx, lease.id)) ? WORKER_REMOVED : reason;
      await queueAgain(tx, build, reason, { because });
    }
    await putOutbox(tx, build.tenant_id, { kind: 'lease_granted', buildId: build.id });
  }
  await notifyBuild(tx, build.id);
  return { ended };
}

/** Until its next heartbeat the host gets nothing: the build that it has lost would go to it again where no other has a free slot. */
async function noteSilence(tx: Tx, leaseId: string): Promise<void> {
  await tx
    .updateTable('build_workers as w')
    .from('leases as l')
    .set({
      lease_ran_out_at: sql<Date>`l.ended_at`,
      status: sql`CASE WHEN w.status = 'offline' THEN w.status ELSE 'degraded' END`,
      status_reasons: [SILENT_SINCE_LOSS],
    })
    .where('l.id', '=', leaseId)
    .whereRef('w.id', '=', 'l.worker_id')
    .execute();
}

/** Twice the same host is no two hosts. */
function lossesText(losses: number, hosts: number): string {
  const lost = hosts === 1 ? `the same build host ${losses} times` : `${hosts} build hosts`;
  return `The build lost ${lost} and was stopped.`;
}

async function lostWorkers(tx: Tx, buildId: string): Promise<{ losses: number; hosts: number }> {
  return tx
    .selectFrom('leases as l')
    .innerJoin('build_workers as w', 'w.id', 'l.worker_id')
    .select((eb) => [
      eb.fn.countAll<number>().as('losses'),
      eb.fn.count<number>('l.worker_id').distinct().as('hosts'),
    ])
    .where('l.build_id', '=', buildId)
    .where('l.ended_reason', '=', 'worker_lost')
    .where((eb) => eb.or([eb('w.removed_at', 'is', null), eb('l.ended_at', '<', eb.ref('w.removed_at'))]))
    .executeTakeFirstOrThrow();
}

async function isOfRemovedWorker(tx: Tx, leaseId: string): Promise<boolean> {
  const { removed_at: removedAt } = await tx
    .selectFrom('leases as l')
    .innerJoin('build_workers as w', 'w.id', 'l.worker_id')
    .select('w.removed_at')
    .where('l.id', '=', leaseId)
    .executeTakeFirstOrThrow();
  return removedAt !== null;
}
