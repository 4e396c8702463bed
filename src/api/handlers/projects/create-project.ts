import type { createProject as operation } from '../../../contracts/projects.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { refuseTrust } from './refuse-trust.js';
import { showProject } from './show-project.js';

export function createProject(
  deps: Pick<ApiDeps, 'projects' | 'defaultRegistry' | 'trustTenants'>,
): Handler<typeof operation> {
  return async ({ caller, body }) => {
    await refuseTrust(deps, caller, body.trust);
    const imageRepository = body.image_repository ?? defaultRepository(deps.defaultRegistry, body.slug);
    const project = await deps.projects.create(caller, {
      slug: body.slug,
      name: body.name ?? body.slug,
      imageRepository,
      destinations: body.destinations ?? [],
      defaults: body.defaults ?? {},
      ...(body.trust !== undefined && { trust: body.trust }),
    });
    return { status: 201, headers: { location: `/v1/projects/${project.slug}` }, body: showProject(project) };
  };
}

function defaultRepository(registry: string | null, slug: string): string {
  if (registry !== null) return `${registry}/${slug}`;
  throw new KilnError('invalid_request', {
    fields: [
      {
        field: 'image_repository',
        message: 'required: this installation has no registry of its own (KILN_REGISTRY)',
      },
    ],
  });
}
