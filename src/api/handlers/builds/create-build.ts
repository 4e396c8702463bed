import type { createBuild as operation } from '../../../contracts/build-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { checkSource } from './check-source.js';
import { requestSha256 } from './request-hash.js';
import { requireSecrets } from './require-secrets.js';
import { startSoon } from './start-soon.js';

/** Checks everything that can be known now, stores the build in one transaction, then starts its workflow without waiting for it. */
export function createBuild(deps: ApiDeps): Handler<typeof operation> {
  return async ({ caller, params, headers, body, request }) => {
    // The project comes last: who gets not_found may make it, knowing that nothing else is wrong.
    await checkSource(deps, caller, body);
    const project = await deps.projects.get(caller, params.project);
    await requireSecrets(deps, caller, project.id, body);
    const key = headers['idempotency-key'];
    const { build, created } = await deps.builds.accept(caller, {
      projectId: project.id,
      method: body.method,
      options: body.options,
      source: body.source,
      destinations: body.destinations,
      priority: body.priority,
      buildTimeoutMs: body.timeout_seconds * 1000,
      git: body.git,
      triggerSource: null,
      idempotency: key === undefined ? null : { key, requestSha256: requestSha256(project.id, body) },
    });
    deps.events.buildAccepted({
      buildId: build.id,
      project: build.project,
      method: build.build_method,
      created,
    });
    if (created) startSoon(deps, caller, build);
    request.res!.locals['buildId'] = build.id;
    return {
      status: 202,
      headers: { location: `/v1/builds/${build.id}`, ...(created ? {} : { 'idempotency-replayed': 'true' }) },
      body: build,
    };
  };
}
