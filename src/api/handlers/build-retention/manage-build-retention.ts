import type {
  changeBuildRetention as changeOperation,
  getBuildRetention as getOperation,
} from '../../../contracts/build-retention-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

type Deps = Pick<ApiDeps, 'projects' | 'buildRetention'>;

export function getBuildRetention(deps: Deps): Handler<typeof getOperation> {
  return async ({ caller, query }) => {
    const project = query.project === undefined ? null : await deps.projects.get(caller, query.project);
    const layers = await deps.buildRetention.read(caller, project?.id ?? null);
    return { status: 200, body: { project: project?.slug ?? null, ...layers } };
  };
}

export function changeBuildRetention(deps: Deps): Handler<typeof changeOperation> {
  return async ({ caller, query, body }) => {
    const project = query.project === undefined ? null : await deps.projects.get(caller, query.project);
    const layers = await deps.buildRetention.change(caller, project?.id ?? null, body);
    return { status: 200, body: { project: project?.slug ?? null, ...layers } };
  };
}
