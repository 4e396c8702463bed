import type { getWorker as operation } from '../../../contracts/worker-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function getWorker({ workers }: Pick<ApiDeps, 'workers'>): Handler<typeof operation> {
  return async ({ caller, params }) => ({ status: 200, body: await workers.get(caller, params.worker) });
}
