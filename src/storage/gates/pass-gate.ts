import { isTerminal } from '../../domain/builds/status.js';
import type { LeaseRef } from '../../domain/dispatch/lease.js';
import { KilnError } from '../../domain/errors.js';
import { isOpen } from '../../domain/gates/gate-status.js';
import type { GateRefusal } from '../../domain/gates/judge-scans.js';
import { holdWords } from '../../domain/gates/gate-words.js';
import type { ImageAtGate } from '../../ports/gates.js';
import type { Database, Tx } from '../database.js';
import { closeLease } from '../dispatch/close-lease.js';
import { endAttempt } from '../dispatch/end-attempt.js';
import { grantAll } from '../dispatch/grant-next.js';
import { lockBuild, type LockedBuild } from '../dispatch/lock-build.js';
import type { DispatchOptions } from '../dispatch/options.js';
import { queueAgain } from '../dispatch/queue-again.js';
import { lockPool } from '../locks.js';
import { notifyBuild } from '../notify.js';
import { toJson } from '../storable.js';
import { after, databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { readImageAtGate } from './read-image-at-gate.js';

/**
 * Lets the staged image pass the gate of its project, or holds the build: hold, end of the lease and the way back into the queue are one
 * transaction. An image that a rule refuses is written down as such, and its lease stays until the build is recorded. A repetition finds the fence raised, or the row, and answers as the first time.
 */
export async function passGate(
  db: Database,
  lease: LeaseRef,
  { findings, refusal }: { readonly findings: readonly string[]; readonly refusal: GateRefusal | null },
  options: DispatchOptions,
): Promise<{ open: boolean; refused?: boolean }> {
  return transact(db, async (tx) => {
    await lockPool(tx);
    const build = await lockBuild(tx, lease.buildId);
    if (isTerminal(build.status) || build.fence !== lease.fence || build.cancel_requested_at !== null)
      return { open: false };
    const atGate = await readImageAtGate(tx, build.id);
    if (atGate === null || (await isGateOpen(tx, build.id, atGate))) return { open: true };
    if (await wasRefused(tx, build.id)) return { open: false, refused: true };
    if (refusal !== null) {
      await insertGate(tx, build, atGate, [refusal.message], 'refused', refusal.code);
      await notifyBuild(tx, build.id);
      return { open: false, refused: true };
    }
    if (atGate.gate.kind === 'inspection' && findings.length === 0) {
      await insertGate(tx, build, atGate, findings, 'passed');
      return { open: true };
    }
    if (!(await closeLease(tx, lease.leaseId, 'released'))) return { open: false };
    await endAttempt(tx, build.id, lease.attempt, 'held');
    await insertGate(tx, build, atGate, findings, 'held');
    await queueAgain(tx, build, 'held', { because: holdWords(findings) });
    await notifyBuild(tx, build.id);
    await grantAll(tx, options);
    return { open: false };
  });
}

/** Raises `illegal_transition` unless the image may be published: no publication begins past a gate. Needs the build's lock. */
export async function requireOpenGate(tx: Tx, buildId: string): Promise<void> {
  const atGate = await readImageAtGate(tx, buildId);
  if (atGate === null || (await isGateOpen(tx, buildId, atGate))) return;
  throw new KilnError('illegal_transition', { message: 'The image has not passed the gate of its project.' });
}

async function isGateOpen(tx: Tx, buildId: string, { image }: ImageAtGate): Promise<boolean> {
  const row = await tx
    .selectFrom('build_gates')
    .select('gate_status')
    .where('build_id', '=', buildId)
    .where('manifest_digest', '=', image.manifestDigest)
    .executeTakeFirst();
  return row !== undefined && isOpen(row.gate_status);
}

/** By an attempt that was lost before the end of the build was recorded. */
async function wasRefused(tx: Tx, buildId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('build_gates')
    .select('gate_status')
    .where('build_id', '=', buildId)
    .executeTakeFirst();
  return row?.gate_status === 'refused';
}

async function insertGate(
  tx: Tx,
  build: LockedBuild,
  { gate, image }: ImageAtGate,
  findings: readonly string[],
  status: 'passed' | 'held' | 'refused',
  refusalCode: GateRefusal['code'] | null = null,
): Promise<void> {
  const at = await databaseNow(tx);
  await tx
    .insertInto('build_gates')
    .values({
      build_id: build.id,
      tenant_id: build.tenant_id,
      gate_status: status,
      build_created_at: (eb) => eb.selectFrom('builds').select('created_at').where('id', '=', build.id),
      manifest_digest: image.manifestDigest,
      findings: toJson(findings),
      requested_at: at,
      expires_at: status === 'held' ? after(at, gate.expiry_seconds * 1000) : null,
      decided_at: status === 'held' ? null : at,
      refusal_code: refusalCode,
    })
    .execute();
}
