import { sql } from 'kysely';
import { isTerminal } from '../../domain/builds/status.js';
import { FENCE_LEAP } from '../../domain/dispatch/lease.js';
import { isPublished } from '../builds/published.js';
import { record } from '../builds/record.js';
import type { Database, Tx } from '../database.js';
import { createAudit } from '../dispatch/audit.js';
import { closeLease } from '../dispatch/close-lease.js';
import { endAttempt } from '../dispatch/end-attempt.js';
import { lockBuild } from '../dispatch/lock-build.js';
import { queueAgain } from '../dispatch/queue-again.js';
import { VALID_STATES } from '../dispatch/valid-leases.js';
import { lockPool } from '../locks.js';
import { putOutbox } from '../outbox-row.js';
import { transact } from '../transact.js';

const PAGE = 200;

/** What a restore made of the builds that were not over. */
export interface BegunAgain {
  readonly leasesEnded: number;
  readonly queuedAgain: number;
  readonly stillQueued: number;
  /** Everything of theirs was published already: only the record was missing. */
  readonly recorded: number;
}

/**
 * Ends the life that a restored database comes from, before any process uses it. Hosts of that life may still run builds under leases
 * and fences that this database has never seen: every open fence leaps beyond what they may hold, every lease ends, and hosts are
 * offline until they speak again. A build that was under way is queued again, one that was published is recorded, and every open one
 * gets its workflow. Repeating is harmless. Needs the role kiln_controller.
 */
export async function beginAgain(db: Database, because: string): Promise<BegunAgain> {
  const ids = await transact(db, async (tx) => {
    await sql`UPDATE builds SET fence = fence + ${FENCE_LEAP} WHERE completed_at IS NULL`.execute(tx);
    await sql`UPDATE build_workers SET status = 'offline'`.execute(tx);
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM builds WHERE completed_at IS NULL
      UNION SELECT build_id FROM leases WHERE state IN ('granted', 'active') ORDER BY id`.execute(tx);
    return rows.map(({ id }) => id);
  });
  const begun = { leasesEnded: 0, queuedAgain: 0, stillQueued: 0, recorded: 0 };
  for (const id of ids) {
    const { fate, hadLease } = await transact(db, (tx) => settle(tx, id, because));
    if (hadLease) begun.leasesEnded += 1;
    if (fate === 'published') await record(db, id, null, { kind: 'published' });
    if (fate === 'published') begun.recorded += 1;
    if (fate === 'queued again') begun.queuedAgain += 1;
    if (fate === 'still queued') begun.stillQueued += 1;
  }
  await startWorkflows(db);
  return begun;
}

type Fate = 'over' | 'published' | 'queued again' | 'still queued';

async function settle(tx: Tx, buildId: string, because: string): Promise<{ fate: Fate; hadLease: boolean }> {
  await lockPool(tx);
  const build = await lockBuild(tx, buildId);
  const lease = await tx
    .selectFrom('leases')
    .select(['id', 'attempt'])
    .where('build_id', '=', buildId)
    .where('state', 'in', VALID_STATES)
    .executeTakeFirst();
  const isPublishedOnly = !isTerminal(build.status) && isPublished(build);
  if (lease !== undefined) {
    await closeLease(tx, lease.id, 'released');
    if (!isPublishedOnly) await endAttempt(tx, buildId, lease.attempt, 'run_lost');
  }
  const hadLease = lease !== undefined;
  if (isTerminal(build.status)) return { fate: 'over', hadLease };
  if (isPublishedOnly) return { fate: 'published', hadLease };
  if (build.status === 'queued') {
    await waitAfresh(tx, buildId);
    return { fate: 'still queued', hadLease };
  }
  // Not a lost worker: two of those would quarantine the build.
  await queueAgain(tx, build, 'infrastructure_fault', { because });
  return { fate: 'queued again', hadLease };
}

/** The time between backup and restore is no waiting for a host: hosts are offline, and the longest wait may be over already. */
async function waitAfresh(tx: Tx, buildId: string): Promise<void> {
  await sql`UPDATE builds SET queued_at = now() WHERE id = ${buildId}`.execute(tx);
}

/** The relay starts them at once; a workflow that exists is left as it is, and only told to look again. */
async function startWorkflows(db: Database): Promise<void> {
  const audit = createAudit(db);
  for (let after: string | null = null; ;) {
    const builds = await audit.openBuilds(0, after, PAGE);
    await transact(db, async (tx) => {
      for (const build of builds) {
        await putOutbox(tx, build.tenantId, { kind: 'start_build', ...build });
        await putOutbox(tx, build.tenantId, { kind: 'lease_granted', buildId: build.buildId });
      }
    });
    const last = builds.at(-1);
    if (last === undefined || builds.length < PAGE) return;
    after = last.buildId;
  }
}
