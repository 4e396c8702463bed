import type {
  getBuildPrune as getOperation,
  previewBuildPrune as previewOperation,
  pruneBuilds as pruneOperation,
} from '../../../contracts/build-retention-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

type Deps = Pick<ApiDeps, 'projects' | 'buildRetention' | 'buildPruneWorkflows' | 'events'>;

export function previewBuildPrune(deps: Deps): Handler<typeof previewOperation> {
  return async ({ caller, params }) => {
    const { id, slug } = await deps.projects.get(caller, params.project);
    return { status: 200, body: { project: slug, ...(await deps.buildRetention.preview(caller, id)) } };
  };
}

/** The stored prune is the message; the controller starts its workflow where the api could not. */
export function pruneBuilds(deps: Deps): Handler<typeof pruneOperation> {
  return async ({ caller, params }) => {
    const { id } = await deps.projects.get(caller, params.project);
    const prune = await deps.buildRetention.request(caller, id);
    deps.events.pruneRequested({ pruneId: prune.id });
    deps.buildPruneWorkflows
      .start(prune.id)
      .catch((error: unknown) => deps.events.pruneStartDeferred({ pruneId: prune.id, error }));
    return { status: 202, headers: { location: `/v1/build-prunes/${prune.id}` }, body: prune };
  };
}

export function getBuildPrune(deps: Deps): Handler<typeof getOperation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: await deps.buildRetention.get(caller, params.prune),
  });
}
