import type { getContext as operation } from '../../../contracts/supervisor.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import { readStoredList } from '../../contexts/stored-list.js';
import { writeBundle } from '../../contexts/write-bundle.js';
import type { ApiDeps } from '../../deps.js';

export function getContext(deps: Pick<ApiDeps, 'leases' | 'contents' | 'files'>): Handler<typeof operation> {
  return async ({ caller }) => {
    const sha256 = await deps.leases.contextDigest(caller, caller.fence);
    if (sha256 === null) throw new KilnError('not_found', { message: 'The build has no uploaded context.' });
    const list = await readStoredList(deps, caller.tenantId, sha256);
    return { status: 200, stream: (response) => writeBundle(deps, caller.tenantId, list, response) };
  };
}
