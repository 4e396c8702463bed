import type { putCredential as operation } from '../../../contracts/credentials.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { checkCredential } from './check-credential.js';
import { ownerOf } from './owner.js';
import { showCredential } from './show-credential.js';

export function putCredential(
  deps: Pick<ApiDeps, 'projects' | 'credentials' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, query, body }) => {
    const checked = checkCredential(params.kind, body);
    const projectId = await ownerOf(deps, caller, query.project);
    const stored = await deps.credentials.put(caller, projectId, { ...params, ...checked });
    deps.events.secretStored({ kind: stored.kind, name: stored.host, project: stored.project });
    return { status: 200, body: showCredential(stored) };
  };
}
