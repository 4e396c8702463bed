import type { listWorkers as operation } from '../../../contracts/worker-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listWorkers({ workers }: Pick<ApiDeps, 'workers'>): Handler<typeof operation> {
  return async ({ caller }) => ({ status: 200, body: { items: await workers.list(caller) } });
}
