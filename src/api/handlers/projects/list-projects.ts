import type { listProjects as operation } from '../../../contracts/projects.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showProject } from './show-project.js';

export function listProjects(deps: Pick<ApiDeps, 'projects'>): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const page = await deps.projects.list(caller, { limit: query.limit, cursor: query.cursor ?? null });
    return { status: 200, body: { items: page.items.map(showProject), next_cursor: page.nextCursor } };
  };
}
