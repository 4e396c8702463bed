import type {
  BuildProvenance,
  getProvenance as operation,
} from '../../../contracts/provenance-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getProvenance({ verifications }: Pick<ApiDeps, 'verifications'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const { state, reason, keyId, envelope } = await verifications.provenance(caller, params.build);
    const body: BuildProvenance = {
      state,
      reason,
      key_id: keyId,
      envelope: envelope === null ? null : (JSON.parse(envelope) as BuildProvenance['envelope']),
    };
    return { status: 200, body };
  };
}
