import type { listSigningKeys as operation } from '../../../contracts/provenance-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listSigningKeys({
  verifications,
}: Pick<ApiDeps, 'verifications'>): Handler<typeof operation> {
  return async () => {
    const keys = await verifications.keys();
    const items = keys.map(({ id, publicKey, firstUsedAt }) => ({
      key_id: id,
      public_key: publicKey,
      first_used_at: firstUsedAt,
    }));
    return { status: 200, body: { items } };
  };
}
