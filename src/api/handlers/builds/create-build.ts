import { acceptBuild } from '../../../acceptance/accept-build.js';
import type { createBuild as operation } from '../../../contracts/build-operations.js';
import { ASKED_FOR } from '../../../domain/builds/trigger.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { noteAccepted } from './note-accepted.js';

/** Accepts a build, then starts its workflow without waiting for it. */
export function createBuild(deps: ApiDeps): Handler<typeof operation> {
  return async ({ caller, params, headers, body, request }) => {
    const key = headers['idempotency-key'];
    const { build, created } = await acceptBuild(deps, caller, {
      project: params.project,
      body,
      trigger: ASKED_FOR,
      idempotency: key === undefined ? null : { key, request: body },
    });
    noteAccepted(deps, caller, { build, created, request });
    return {
      status: 202,
      headers: { location: `/v1/builds/${build.id}`, ...(created ? {} : { 'idempotency-replayed': 'true' }) },
      body: build,
    };
  };
}
