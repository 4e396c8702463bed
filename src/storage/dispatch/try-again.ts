import { waitBeforeNextAttempt } from '../../domain/builds/attempt-policy.js';
import { isTerminal } from '../../domain/builds/status.js';
import type { LeaseRef } from '../../domain/dispatch/lease.js';
import type { Database, Tx } from '../database.js';
import { lockPool } from '../locks.js';
import { notifyBuild } from '../notify.js';
import { transact } from '../transact.js';
import { closeLease } from './close-lease.js';
import { grantAll } from './grant-next.js';
import { lockBuild } from './lock-build.js';
import type { DispatchOptions } from './options.js';
import { queueAgain } from './queue-again.js';

/**
 * Gives the lease of an attempt that failed back and queues the build again, after a wait, when the failure was the infrastructure's.
 * True also when the lease had gone to another attempt meanwhile, so a repetition gives the first answer again; false when the failure
 * stands.
 */
export async function tryAgain(db: Database, ref: LeaseRef, options: DispatchOptions): Promise<boolean> {
  return transact(db, async (tx) => {
    await lockPool(tx);
    const build = await lockBuild(tx, ref.buildId);
    if (isTerminal(build.status)) return false;
    if (build.fence !== ref.fence) return true;
    if (build.cancel_requested_at !== null) return false;
    const faults = await failureCodes(tx, build.id);
    const code = faults.at(-1) ?? null;
    const waitMs = code === null ? null : waitBeforeNextAttempt(code, faults.length);
    if (waitMs === null) return false;
    if (!(await closeLease(tx, ref.leaseId, 'released'))) return true;
    await queueAgain(tx, build, 'infrastructure_fault', {
      waitMs,
      because: `${String(code)}: tried again after ${String(waitMs / 1000)} s`,
    });
    await notifyBuild(tx, build.id);
    await grantAll(tx, options);
    return true;
  });
}

/** Codes of the attempts that failed, in order; each but the last was tried again. */
async function failureCodes(tx: Tx, buildId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('attempts')
    .select('outcome')
    .where('build_id', '=', buildId)
    .where('ended_reason', '=', 'failed')
    .orderBy('attempt')
    .execute();
  return rows.map(({ outcome }) => outcome?.failure?.code ?? 'engine_failed');
}
