import type { getContext as operation } from '../../../contracts/supervisor.js';
import type { ContextList } from '../../../domain/contexts/context-list.js';
import { KilnError } from '../../../domain/errors.js';
import type { LeaseHolder } from '../../../ports/dispatch.js';
import type { Handler } from '../../call.js';
import { missingOf, readStoredList } from '../../../acceptance/stored-list.js';
import { writeBundle } from '../../contexts/write-bundle.js';
import type { ApiDeps } from '../../deps.js';

type ContextDeps = Pick<ApiDeps, 'leases' | 'contents' | 'files'>;

export function getContext(deps: ContextDeps): Handler<typeof operation> {
  return async ({ caller }) => {
    const sha256 = await deps.leases.contextDigest(caller, caller.fence);
    if (sha256 === null) throw new KilnError('not_found', { message: 'The build has no uploaded context.' });
    const list = await wholeList(deps, caller, sha256);
    return { status: 200, stream: (response) => writeBundle(deps, caller.tenantId, list, response) };
  };
}

/** A retry long after the first build may find its files gone: trying again does not bring them back. */
async function wholeList(deps: ContextDeps, { tenantId }: LeaseHolder, sha256: string): Promise<ContextList> {
  try {
    const list = await readStoredList(deps, tenantId, sha256);
    const missing = await missingOf(deps, { tenantId, userId: null }, sha256, list);
    if (missing.length === 0) return list;
  } catch (error) {
    if (!(error instanceof KilnError) || error.code !== 'not_found') throw error;
  }
  throw new KilnError('context_invalid', {
    message: 'The files of this upload are not kept any more. Build the folder again.',
  });
}
