import type { listSecrets as operation } from '../../../contracts/secrets.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from './owner.js';
import { showSecret } from './show-secret.js';

export function listSecrets(deps: Pick<ApiDeps, 'projects' | 'secrets'>): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const projectId = await ownerOf(deps, caller, query.project);
    const { limit, cursor = null } = query;
    const page = await deps.secrets.list(caller, { projectId, limit, cursor });
    return { status: 200, body: { items: page.items.map(showSecret), next_cursor: page.nextCursor } };
  };
}
