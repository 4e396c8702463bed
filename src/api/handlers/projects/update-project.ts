import type { updateProject as operation } from '../../../contracts/projects.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { refuseTrust } from './refuse-trust.js';
import { showProject } from './show-project.js';

export function updateProject(deps: Pick<ApiDeps, 'projects' | 'trustTenants'>): Handler<typeof operation> {
  return async ({ caller, params, body }) => {
    await refuseTrust(deps, caller, body.trust);
    const project = await deps.projects.update(caller, params.project, {
      name: body.name,
      imageRepository: body.image_repository,
      destinations: body.destinations,
      defaults: body.defaults,
      gate: body.gate,
      trust: body.trust,
      retention: body.retention,
      baseImageWatch: body.base_image_watch,
    });
    return { status: 200, body: showProject(project) };
  };
}
