import { sql } from 'kysely';
import { asksForScan } from '../../domain/gates/judge-scans.js';
import { isTerminal } from '../../domain/builds/status.js';
import type { LeaseRef } from '../../domain/dispatch/lease.js';
import { BUILT_IN_LIMITS, type EffectiveLimits } from '../../domain/limits/effective-limits.js';
import { KilnError } from '../../domain/errors.js';
import type { LeaseAnswer } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { lockPool } from '../locks.js';
import { notifyBuild } from '../notify.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { grantAll } from './grant-next.js';
import { lockBuild } from './lock-build.js';
import type { DispatchOptions } from './options.js';
import { queueAgain } from './queue-again.js';
import { stagedImage } from './staged-image.js';
import { VALID_STATES } from './valid-leases.js';

const MINUTE_MS = 60_000;

/** Grants what can be granted, unless the build has a lease already, and says where it stands, in one transaction. */
export async function requestLease(
  db: Database,
  buildId: string,
  options: DispatchOptions,
): Promise<LeaseAnswer> {
  return transact(db, async (tx) => {
    // Whoever gave it its lease has granted what there was.
    if ((await heldLease(tx, buildId)) === null) {
      await lockPool(tx);
      if (!(await wasGrantedMeanwhile(tx, buildId))) await grantAll(tx, options, buildId);
    }
    await settleStart(tx, buildId);
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
  if ((await heldLease(tx, buildId)) !== null) return true;
  const build = await lockBuild(tx, buildId);
  if (build.status === 'in_progress' && (await heldLease(tx, buildId)) === null) {
    await queueAgain(tx, build, 'worker_lost');
    await notifyBuild(tx, buildId);
  }
  return false;
}

/** A workflow that asks has begun: nobody has to start it. */
async function settleStart(tx: Tx, buildId: string): Promise<void> {
  await tx
    .deleteFrom('outbox')
    .where('build_id', '=', buildId)
    .where(sql`message ->> 'kind'`, '=', 'start_build')
    .execute();
}

async function whereItStands(tx: Tx, buildId: string): Promise<LeaseAnswer> {
  const build = await tx
    .selectFrom('builds as b')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .select([
      'b.status',
      'b.queued_at',
      'b.cancel_requested_at',
      'b.held_at',
      'c.build_timeout_milliseconds as buildTimeoutMs',
      'c.limits',
      'c.gate',
    ])
    .where('b.id', '=', buildId)
    .executeTakeFirst();
  if (build === undefined) throw new KilnError('not_found', { message: 'There is no such build.' });
  if (isTerminal(build.status)) return { kind: 'ended', status: build.status };
  const held = await heldLease(tx, buildId);
  if (build.cancel_requested_at !== null) return { kind: 'cancelled', lease: held?.lease ?? null };
  if (build.held_at !== null) return standsHeld(tx, buildId);
  if (held === null) return { kind: 'waiting', waitMs: await queueWaitLeft(tx, build) };
  const staged = await stagedImage(tx, buildId);
  return {
    kind: 'granted',
    ...held,
    stagedDigest: staged?.image.manifestDigest ?? null,
    buildTimeoutMs: build.buildTimeoutMs,
    isGated: build.gate !== null,
    needsScan: build.gate !== null && asksForScan(build.gate),
  };
}

async function standsHeld(tx: Tx, buildId: string): Promise<LeaseAnswer> {
  const gate = await tx
    .selectFrom('build_gates')
    .select(['gate_status', 'expires_at'])
    .where('build_id', '=', buildId)
    .executeTakeFirst();
  if (gate?.gate_status !== 'held' || gate.expires_at === null) return { kind: 'refused' };
  return { kind: 'held', waitMs: Math.max(0, gate.expires_at.getTime() - (await databaseNow(tx)).getTime()) };
}

async function heldLease(tx: Tx, buildId: string): Promise<{ lease: LeaseRef; workerId: string } | null> {
  const row = await tx
    .selectFrom('leases')
    .select(['id', 'attempt', 'fence', 'worker_id'])
    .where('build_id', '=', buildId)
    .where('state', 'in', VALID_STATES)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { id: leaseId, attempt, fence } = row;
  return { lease: { buildId, attempt, leaseId, fence }, workerId: row.worker_id };
}

async function queueWaitLeft(
  tx: Tx,
  build: { readonly queued_at: Date; readonly limits: Partial<EffectiveLimits> | null },
): Promise<number> {
  const { max_queued_wait_minutes: longest } = { ...BUILT_IN_LIMITS, ...build.limits };
  const waitedMs = (await databaseNow(tx)).getTime() - build.queued_at.getTime();
  return Math.max(0, longest.value * MINUTE_MS - waitedMs);
}
