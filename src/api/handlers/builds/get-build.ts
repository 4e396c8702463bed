import type { getBuild as operation } from '../../../contracts/build-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getBuild(deps: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({ status: 200, body: await deps.builds.get(caller, params.build) });
}
