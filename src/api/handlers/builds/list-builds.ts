import type { listBuilds as operation } from '../../../contracts/build-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listBuilds(deps: Pick<ApiDeps, 'builds' | 'projects'>): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const project = query.project === undefined ? null : await deps.projects.get(caller, query.project);
    const page = await deps.builds.list(caller, {
      projectId: project?.id ?? null,
      number: query.number ?? null,
      status: query.status ?? null,
      gateStatus: query.gate ?? null,
      branch: query.branch ?? null,
      method: query.method ?? null,
      commit: query.commit ?? null,
      whatIfs: query.what_ifs ?? null,
      limit: query.limit,
      cursor: query.cursor ?? null,
    });
    return { status: 200, body: { items: page.items, next_cursor: page.nextCursor } };
  };
}
