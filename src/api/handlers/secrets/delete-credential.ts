import type { deleteCredential as operation } from '../../../contracts/credentials.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from './owner.js';

export function deleteCredential(
  deps: Pick<ApiDeps, 'projects' | 'credentials' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    const { kind, host } = params;
    await deps.credentials.remove(caller, await ownerOf(deps, caller, query.project), kind, host);
    deps.events.secretRemoved({ kind, name: host, project: query.project ?? null });
    return { status: 204 };
  };
}
