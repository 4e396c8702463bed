import type { getProject as operation } from '../../../contracts/projects.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showProject } from './show-project.js';

export function getProject(deps: Pick<ApiDeps, 'projects'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: showProject(await deps.projects.get(caller, params.project)),
  });
}
