import type { getScan as operation } from '../../../contracts/inspection-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getScan(deps: Pick<ApiDeps, 'inspections'>): Handler<typeof operation> {
  return async ({ caller, params, query }) => ({
    status: 200,
    body: await deps.inspections.scan(caller, { reference: params.image, platform: query.platform ?? null }),
  });
}
