import type { listPublications as operation } from '../../../contracts/publications.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listPublications(deps: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: { items: await deps.builds.publications(caller, params.build) },
  });
}
