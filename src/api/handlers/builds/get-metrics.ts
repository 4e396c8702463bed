import type { getMetrics as operation } from '../../../contracts/build-record-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getMetrics(deps: Pick<ApiDeps, 'builds'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({
    status: 200,
    body: await deps.builds.metrics(caller, params.build),
  });
}
