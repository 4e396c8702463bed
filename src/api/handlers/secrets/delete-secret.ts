import type { deleteSecret as operation } from '../../../contracts/secrets.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from './owner.js';

export function deleteSecret(
  deps: Pick<ApiDeps, 'projects' | 'secrets' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    await deps.secrets.remove(caller, await ownerOf(deps, caller, query.project), params.secret);
    deps.events.secretRemoved({ kind: 'secret', name: params.secret, project: query.project ?? null });
    return { status: 204 };
  };
}
