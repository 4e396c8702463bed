import type { pruneImages as operation } from '../../../contracts/retention-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

/** The stored prune is the message; the controller starts its workflow where the api could not. */
export function pruneImages(
  deps: Pick<ApiDeps, 'projects' | 'prunes' | 'pruneWorkflows' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const { id } = await deps.projects.get(caller, params.project);
    const prune = await deps.prunes.request(caller, id);
    deps.events.pruneRequested({ pruneId: prune.id });
    deps.pruneWorkflows
      .start(prune.id)
      .catch((error: unknown) => deps.events.pruneStartDeferred({ pruneId: prune.id, error }));
    return { status: 202, headers: { location: `/v1/prunes/${prune.id}` }, body: prune };
  };
}
