import type { EndedBuild } from '../../domain/builds/pipeline-run.js';
import { isTerminal, type TerminalStatus } from '../../domain/builds/status.js';
import type { LeaseRef } from '../../domain/dispatch/lease.js';
import type { Ending } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { lockBuild, type LockedBuild } from '../dispatch/lock-build.js';
import { releaseHeld } from '../dispatch/release-lease.js';
import { VALID_STATES } from '../dispatch/valid-leases.js';
import { notifyPool } from '../notify.js';
import { transact } from '../transact.js';
import { decideEnd } from './decide-end.js';
import { endBuild } from './end-build.js';

/** Final records and terminal status in one transaction. A terminal build is returned as it is. `onEnd`: told after the commit. */
export async function record(
  db: Database,
  buildId: string,
  lease: LeaseRef | null,
  ending: Ending,
  onEnd?: (ended: EndedBuild) => void,
): Promise<{ status: TerminalStatus }> {
  const { status, ended } = await transact(db, async (tx) => {
    const build = await lockBuild(tx, buildId);
    if (isTerminal(build.status)) return { status: build.status, ended: null };
    const end = await decideEnd(tx, build, lease, ending);
    const ended = await endBuild(tx, build, end);
    await releaseOthers(tx, { ...build, status: end.status }, lease);
    return { status: end.status, ended };
  });
  if (ended !== null) onEnd?.(ended);
  return { status };
}

/** A lease that the workflow has not heard of has nobody who would give it back; its own is released by the workflow. */
async function releaseOthers(tx: Tx, build: LockedBuild, lease: LeaseRef | null): Promise<void> {
  const held = await tx
    .selectFrom('leases')
    .select(['id', 'attempt'])
    .where('build_id', '=', build.id)
    .where('state', 'in', VALID_STATES)
    .executeTakeFirst();
  if (held === undefined || held.id === lease?.leaseId) return;
  await releaseHeld(tx, build, held);
  await notifyPool(tx);
}
