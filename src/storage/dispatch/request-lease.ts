import { sql } from 'kysely';
import { asksForScan } from '../../domain/gates/judge-scans.js';
import { isTerminal } from '../../domain/builds/status.js';
import { BUILT_IN_LIMITS, type EffectiveLimits } from '../../domain/limits/effective-limits.js';
import { KilnError } from '../../domain/errors.js';
import type { LeaseAnswer } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { lockPool } from '../locks.js';
import { notifyBuild } from '../notify.js';
import { databaseNow } from '../times.js';
import { single, transact } from '../transact.js';
import { grantAll } from './grant-next.js';
import { lockBuild } from './lock-build.js';
import type { DispatchOptions } from './options.js';
import { queueAgain } from './queue-again.js';
import { stagedImage } from './staged-image.js';
import { VALID_STATES } from './valid-leases.js';

const MINUTE_MS = 60_000;

/** Says where the build stands; one that waits is given what there is first. */
export async function requestLease(
  db: Database,
  buildId: string,
  options: DispatchOptions,
): Promise<LeaseAnswer> {
  // Whoever gave it its lease has granted what there was, and its next step waits for nothing but this answer.
  const stands = await single(db, (one) => whereItStands(one, buildId));
  if (stands.kind !== 'waiting') {
    void single(db, (one) => settleStart(one, buildId)).catch(() => undefined);
    return stands;
  }
  return transact(db, async (tx) => {
    await settleStart(tx, buildId);
    await lockPool(tx);
    if (!(await wasGrantedMeanwhile(tx, buildId))) await grantAll(tx, options, buildId);
    return whereItStands(tx, buildId);
  });
}

/**
 * Whether the build has a lease by now. One in progress whose lease is over, and whose workflow asks for one again, goes back into the
 * queue. Needs the pool's lock.
 */
async function wasGrantedMeanwhile(tx: Tx, buildId: string): Promise<boolean> {
  const seen = await tx.selectFrom('builds').select('status').where('id', '=', buildId).executeTakeFirst();
  if (seen?.status !== 'in_progress') return false;
  if (await hasLease(tx, buildId)) return true;
  const build = await lockBuild(tx, buildId);
  if (build.status === 'in_progress' && !(await hasLease(tx, buildId))) {
    await queueAgain(tx, build, 'worker_lost');
    await notifyBuild(tx, buildId);
  }
  return false;
}

/** A workflow that asks has begun: nobody has to start it. What is left of that is found out by who starts it again. */
async function settleStart(tx: Database | Tx, buildId: string): Promise<void> {
  await tx
    .deleteFrom('outbox')
    .where('build_id', '=', buildId)
    .where(sql`message ->> 'kind'`, '=', 'start_build')
    .execute();
}

async function whereItStands(tx: Database | Tx, buildId: string): Promise<LeaseAnswer> {
  const build = await tx
    .selectFrom('builds as b')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .leftJoin('leases as l', (join) =>
      join.onRef('l.build_id', '=', 'b.id').on('l.state', 'in', VALID_STATES),
    )
    .leftJoin('build_workers as w', 'w.id', 'l.worker_id')
    .select([
      'b.status',
      'b.queued_at',
      'b.cancel_requested_at',
      'b.held_at',
      'b.what_if',
      'c.build_timeout_milliseconds as buildTimeoutMs',
      'c.limits',
      'c.gate',
      'c.resume_build_id',
      'l.id as leaseId',
      'l.attempt',
      'l.fence',
      'l.worker_id as workerId',
      'w.worker_name as workerName',
    ])
    .where('b.id', '=', buildId)
    .executeTakeFirst();
  if (build === undefined) throw new KilnError('not_found', { message: 'There is no such build.' });
  if (isTerminal(build.status)) return { kind: 'ended', status: build.status };
  const { leaseId, attempt, fence, workerId } = build;
  const isHeld = leaseId !== null && attempt !== null && fence !== null && workerId !== null;
  const lease = isHeld ? { buildId, attempt, leaseId, fence } : null;
  if (build.cancel_requested_at !== null) return { kind: 'cancelled', lease };
  if (build.held_at !== null) return standsHeld(tx, buildId);
  if (lease === null || workerId === null) return { kind: 'waiting', waitMs: await queueWaitLeft(tx, build) };
  // The first attempt finds an image in staging only where its build goes on from another.
  const mayBeStaged = lease.attempt > 1 || build.resume_build_id !== null;
  const staged = mayBeStaged ? await stagedImage(tx, buildId) : null;
  return {
    kind: 'granted',
    ...{ lease, workerId, ...(build.workerName !== null && { workerName: build.workerName }) },
    stagedDigest: staged?.image.manifestDigest ?? null,
    buildTimeoutMs: build.buildTimeoutMs,
    ...(build.what_if !== null && { isUnpublished: true }),
    isGated: build.gate !== null,
    needsScan: build.gate !== null && asksForScan(build.gate),
  };
}

async function standsHeld(tx: Database | Tx, buildId: string): Promise<LeaseAnswer> {
  const gate = await tx
    .selectFrom('build_gates')
    .select(['gate_status', 'expires_at'])
    .where('build_id', '=', buildId)
    .executeTakeFirst();
  if (gate?.gate_status !== 'held' || gate.expires_at === null) return { kind: 'refused' };
  return { kind: 'held', waitMs: Math.max(0, gate.expires_at.getTime() - (await databaseNow(tx)).getTime()) };
}

async function hasLease(tx: Tx, buildId: string): Promise<boolean> {
  const lease = await tx
    .selectFrom('leases')
    .select('id')
    .where('build_id', '=', buildId)
    .where('state', 'in', VALID_STATES)
    .executeTakeFirst();
  return lease !== undefined;
}

async function queueWaitLeft(
  tx: Database | Tx,
  build: { readonly queued_at: Date; readonly limits: Partial<EffectiveLimits> | null },
): Promise<number> {
  const { max_queued_wait_minutes: longest } = { ...BUILT_IN_LIMITS, ...build.limits };
  const waitedMs = (await databaseNow(tx)).getTime() - build.queued_at.getTime();
  return Math.max(0, longest.value * MINUTE_MS - waitedMs);
}
