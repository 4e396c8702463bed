import type { changeWorker as operation } from '../../../contracts/worker-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from './owner.js';

export function changeWorker(
  deps: Pick<ApiDeps, 'projects' | 'workers' | 'operatorTenants' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, body }) => {
    const owner = await ownerOf(deps, caller);
    const worker = await deps.workers.schedule(owner, params.worker, body.scheduling);
    deps.events.workerChanged({ worker: params.worker, what: body.scheduling, userId: caller.userId });
    return { status: 200, body: worker };
  };
}
