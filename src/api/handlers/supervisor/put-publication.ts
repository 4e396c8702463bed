import type { putPublication as operation } from '../../../contracts/publications.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function putPublication(deps: Pick<ApiDeps, 'leases'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    const uploads = await deps.leases.putPublication(caller, body.fence, body.publication);
    return { status: 200, body: { open_uploads: [...uploads] } };
  };
}
