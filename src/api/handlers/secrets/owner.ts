import type { ApiDeps } from '../../deps.js';
import type { TenantContext } from '../../../ports/stores.js';

/** The id of the named project; null where none is named: then it is for every project of the tenant. */
export async function ownerOf(
  deps: Pick<ApiDeps, 'projects'>,
  caller: TenantContext,
  project: string | undefined,
): Promise<string | null> {
  return project === undefined ? null : (await deps.projects.get(caller, project)).id;
}
