import { pipeline } from 'node:stream/promises';
import type { getContext as operation } from '../../../contracts/supervisor.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getContext(deps: Pick<ApiDeps, 'leases' | 'blobs'>): Handler<typeof operation> {
  return async ({ caller }) => {
    const sha256 = await deps.leases.contextDigest(caller, caller.fence);
    if (sha256 === null) throw new KilnError('not_found', { message: 'The build has no uploaded context.' });
    const { stream, sizeBytes } = await deps.blobs.open(sha256);
    return {
      status: 200,
      headers: { 'content-length': String(sizeBytes) },
      stream: (response) => pipeline(stream, response),
    };
  };
}
