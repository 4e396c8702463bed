import type { removeWorker as operation } from '../../../contracts/worker-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from './owner.js';

export function removeWorker(
  deps: Pick<ApiDeps, 'projects' | 'workers' | 'operatorTenants' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, query }) => {
    const owner = await ownerOf(deps, caller);
    await deps.workers.remove(owner, params.worker, { force: query.force });
    deps.events.workerChanged({
      worker: params.worker,
      what: query.force ? 'removed by force' : 'removed',
      userId: caller.userId,
    });
    return { status: 204 };
  };
}
