import type { Request } from 'express';
import type { Build } from '../../../contracts/builds.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { ApiDeps } from '../../deps.js';
import { startSoon } from '../../../acceptance/start-soon.js';

/** Tells the log and the metrics of a build that a request has led to, and starts its workflow where the request has made it. */
export function noteAccepted(
  deps: Pick<ApiDeps, 'workflows' | 'events'>,
  caller: TenantContext,
  {
    build,
    created,
    request,
  }: { readonly build: Build; readonly created: boolean; readonly request: Request },
): void {
  deps.events.buildAccepted({
    buildId: build.id,
    project: build.project,
    method: build.build_method,
    created,
  });
  if (created) startSoon(deps, caller, build);
  request.res!.locals['buildId'] = build.id;
}
