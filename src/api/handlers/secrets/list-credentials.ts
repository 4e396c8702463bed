import type { listCredentials as operation } from '../../../contracts/credentials.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from './owner.js';
import { showCredential } from './show-credential.js';

export function listCredentials(deps: Pick<ApiDeps, 'projects' | 'credentials'>): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const projectId = await ownerOf(deps, caller, query.project);
    const { limit, cursor = null } = query;
    const page = await deps.credentials.list(caller, { projectId, limit, cursor });
    return { status: 200, body: { items: page.items.map(showCredential), next_cursor: page.nextCursor } };
  };
}
