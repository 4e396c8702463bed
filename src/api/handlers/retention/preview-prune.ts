import type { previewPrune as operation } from '../../../contracts/retention-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function previewPrune(deps: Pick<ApiDeps, 'projects' | 'prunes'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const { id } = await deps.projects.get(caller, params.project);
    return { status: 200, body: await deps.prunes.preview(caller, id) };
  };
}
