import type { getPrune as operation } from '../../../contracts/retention-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getPrune(deps: Pick<ApiDeps, 'prunes'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: await deps.prunes.get(caller, params.prune),
  });
}
