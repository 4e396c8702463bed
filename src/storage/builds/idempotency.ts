import { KilnError } from '../../domain/errors.js';
import type { AcceptBuild } from '../../ports/records.js';
import type { Tx } from '../database.js';

/**
 * Takes the key for a new build. Null: it is ours (or there is no key). A build id: the key belongs to that build, by the same request.
 * Of several at once the insert lets one through; the others wait for its commit. idempotency_key_reused when the request differs.
 */
export async function claimKey(
  tx: Tx,
  tenantId: string,
  buildId: string,
  idempotency: AcceptBuild['idempotency'],
): Promise<string | null> {
  if (idempotency === null) return null;
  const claimed = await tx
    .insertInto('idempotency_keys')
    .values({
      tenant_id: tenantId,
      idempotency_key: idempotency.key,
      request_sha256: idempotency.requestSha256,
      build_id: buildId,
    })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'idempotency_key']).doNothing())
    .returning('build_id')
    .executeTakeFirst();
  return claimed === undefined ? findKey(tx, idempotency) : null;
}

/** The build that the key belongs to, by the same request; null when the key is free. idempotency_key_reused when the request differs. */
export async function findKey(tx: Tx, idempotency: AcceptBuild['idempotency']): Promise<string | null> {
  if (idempotency === null) return null;
  const first = await tx
    .selectFrom('idempotency_keys')
    .select(['build_id', 'request_sha256'])
    .where('idempotency_key', '=', idempotency.key)
    .executeTakeFirst();
  if (first === undefined) return null;
  if (first.request_sha256 !== idempotency.requestSha256) throw new KilnError('idempotency_key_reused');
  return first.build_id;
}
