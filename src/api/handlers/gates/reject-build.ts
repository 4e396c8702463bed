import type { rejectBuild as operation } from '../../../contracts/gate-operations.js';
import type { Handler } from '../../call.js';
import { decide, type GateDeps } from './decide.js';

export function rejectBuild(deps: GateDeps): Handler<typeof operation> {
  return async ({ caller, params, body }) => ({
    status: 200,
    body: await decide(deps, caller, {
      buildId: params.build,
      decision: 'rejected',
      why: body.why,
    }),
  });
}
