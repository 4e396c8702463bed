import type { putArtifact as operation } from '../../../contracts/artifact-operations.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import { StoringGroup } from '../../contexts/store-group.js';
import type { ApiDeps } from '../../deps.js';

/** Stores the bytes of an artifact; that the build has it, the outcome says. */
export function putArtifact(
  deps: Pick<ApiDeps, 'leases' | 'contents' | 'files' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, query, request }) => {
    const { limits } = await deps.leases.run(caller, query.fence);
    if (query.size_bytes > limits.artifact_max_bytes.value) throw new KilnError('payload_too_large');
    const tenant = { tenantId: caller.tenantId, userId: null };
    const content = { sha256: params.digest, sizeBytes: query.size_bytes };
    await deps.contents.need(tenant, [content]);
    const group = new StoringGroup(deps, tenant);
    await group.add(await deps.files.receive(caller.tenantId, content, request));
    await group.flush();
    return { status: 204 };
  };
}
