import type { Signer } from '../../ports/attestations.js';
import type { Tx } from '../database.js';
import { databaseNow } from '../times.js';

/** Makes a public key known. */
export async function knowKey(
  tx: Tx,
  { keyId, publicKey }: Pick<Signer, 'keyId' | 'publicKey'>,
): Promise<void> {
  const at = await databaseNow(tx);
  await tx
    .insertInto('signing_keys')
    .values({ key_id: keyId, public_key: publicKey, first_used_at: at, current_since: at })
    .onConflict((conflict) => conflict.column('key_id').doNothing())
    .execute();
}

/** See Attestations.announce. A key that is current stays so since when it was. */
export async function announceKey(tx: Tx, signer: Pick<Signer, 'keyId' | 'publicKey'>): Promise<void> {
  await knowKey(tx, signer);
  const newest = await tx
    .selectFrom('signing_keys')
    .select('key_id')
    .orderBy('current_since', 'desc')
    .orderBy('key_id')
    .limit(1)
    .executeTakeFirstOrThrow();
  if (newest.key_id === signer.keyId) return;
  await tx
    .updateTable('signing_keys')
    .set({ current_since: await databaseNow(tx) })
    .where('key_id', '=', signer.keyId)
    .execute();
}
