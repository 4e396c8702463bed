import type { listImages as operation } from '../../../contracts/image-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listImages(deps: Pick<ApiDeps, 'images' | 'projects'>): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const project = query.project === undefined ? null : await deps.projects.get(caller, query.project);
    const page = await deps.images.list(caller, {
      projectId: project?.id ?? null,
      limit: query.limit,
      cursor: query.cursor ?? null,
    });
    return { status: 200, body: { items: page.items, next_cursor: page.nextCursor } };
  };
}
