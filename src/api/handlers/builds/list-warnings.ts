import type { listWarnings as operation } from '../../../contracts/build-record-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listWarnings(deps: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: { items: await deps.builds.warnings(caller, params.build) },
  });
}
