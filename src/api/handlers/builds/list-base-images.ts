import type { listBaseImages as operation } from '../../../contracts/build-record-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listBaseImages(deps: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: { items: await deps.builds.baseImages(caller, params.build) },
  });
}
