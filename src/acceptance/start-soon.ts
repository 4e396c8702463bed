import type { Build } from '../contracts/builds.js';
import type { TenantContext } from '../ports/stores.js';
import type { StartDeps } from './deps.js';

/** Starts the workflow of a build that was just accepted, without waiting for it; where that fails the relay does it. */
export function startSoon(deps: StartDeps, { tenantId }: TenantContext, build: Build): void {
  deps.workflows
    .start({
      buildId: build.id,
      tenantId,
      projectId: build.project_id,
      project: build.project,
      method: build.build_method,
      buildNumber: build.build_number,
      firstBuildId: build.result.original_build_id,
    })
    .catch((error: unknown) => deps.events.buildStartDeferred({ buildId: build.id, error }));
}
