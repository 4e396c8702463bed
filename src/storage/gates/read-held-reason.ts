import { heldReason } from '../../domain/gates/gate-words.js';
import type { Tx } from '../database.js';

/** Why a held build waits, who may approve it and until when. */
export async function readHeldReason(tx: Tx, buildId: string): Promise<string> {
  const held = await tx
    .selectFrom('builds as b')
    .innerJoin('build_gates as g', 'g.build_id', 'b.id')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .leftJoin('api_tokens as t', 't.id', 'b.started_by_token_id')
    .select(['g.gate_status', 'g.requested_at', 'g.expires_at', 'c.gate', 't.token_name'])
    .where('b.id', '=', buildId)
    .executeTakeFirstOrThrow();
  if (held.gate_status !== 'held' || held.expires_at === null) return 'it was not approved, and ends now';
  const notBy = held.gate?.by_other === true ? `token ${held.token_name ?? 'that nobody knows'}` : null;
  return heldReason({ since: held.requested_at, until: held.expires_at, notBy });
}
