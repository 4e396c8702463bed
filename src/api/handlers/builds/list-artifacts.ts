import type { listArtifacts as operation } from '../../../contracts/artifact-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listArtifacts(deps: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: { items: await deps.builds.artifacts(caller, params.build) },
  });
}
