import { KilnError } from '../../domain/errors.js';
import { deciderName, decisionWords, formatMoment } from '../../domain/gates/gate-words.js';
import type { Tx } from '../database.js';
import type { EndFailure } from '../builds/end-build.js';
import { databaseNow } from '../times.js';

/**
 * Why the gate does not let a build go on: a scan refused it, it was rejected, or its time is over, which is written down here. stale_fence while it still
 * waits, or when it was approved: then the row is to be asked again. Needs the build's lock.
 */
export async function closeGate(tx: Tx, buildId: string): Promise<EndFailure> {
  const gate = await tx
    .selectFrom('build_gates as g')
    .leftJoin('users as u', 'u.id', 'g.decided_by_user_id')
    .leftJoin('api_tokens as t', 't.id', 'g.decided_by_token_id')
    .select(['g.gate_status', 'g.expires_at', 'g.why', 'u.username', 't.token_name'])
    .select(['g.refusal_code', 'g.findings'])
    .where('g.build_id', '=', buildId)
    .executeTakeFirst();
  if (gate?.gate_status === 'rejected') {
    const by = deciderName(gate.username, gate.token_name);
    const message = `The publication was ${decisionWords('rejected', by, gate.why)}`;
    return { code: 'publication_rejected', stage: 'verification', message };
  }
  if (gate?.refusal_code != null)
    return { code: gate.refusal_code, stage: 'scan', message: gate.findings.join(' ') };
  const until = gate?.expires_at ?? null;
  if (gate?.gate_status !== 'held' || until === null || until > (await databaseNow(tx)))
    throw new KilnError('stale_fence');
  await endHeld(tx, buildId, 'expired');
  const message = `Nobody approved the image until ${formatMoment(until)}.`;
  return { code: 'approval_expired', stage: 'verification', message };
}

/** Ends a hold that nobody has decided. Needs the build's lock. */
export async function endHeld(tx: Tx, buildId: string, as: 'expired' | 'withdrawn'): Promise<void> {
  await tx
    .updateTable('build_gates')
    .set({ gate_status: as, decided_at: await databaseNow(tx) })
    .where('build_id', '=', buildId)
    .where('gate_status', '=', 'held')
    .execute();
}
