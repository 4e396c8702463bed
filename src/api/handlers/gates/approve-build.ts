import type { approveBuild as operation } from '../../../contracts/gate-operations.js';
import type { Handler } from '../../call.js';
import { decide, type GateDeps } from './decide.js';

export function approveBuild(deps: GateDeps): Handler<typeof operation> {
  return async ({ caller, params, body }) => ({
    status: 200,
    body: await decide(deps, caller, {
      buildId: params.build,
      decision: 'approved',
      why: body.why ?? null,
    }),
  });
}
