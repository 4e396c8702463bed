import type { listFlakyTests as operation } from '../../../contracts/tests.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listFlakyTests(deps: Pick<ApiDeps, 'builds' | 'projects'>): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    const { id } = await deps.projects.get(caller, params.project);
    return { status: 200, body: await deps.builds.flakyTests(caller, id, query) };
  };
}
