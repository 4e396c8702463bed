import type { addWorker as operation } from '../../../contracts/worker-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from './owner.js';

export function addWorker(
  deps: Pick<ApiDeps, 'projects' | 'workers' | 'operatorTenants' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, body }) => {
    const owner = await ownerOf(deps, caller);
    const added = await deps.workers.add(owner, { name: body.name, isShared: body.is_shared });
    deps.events.workerChanged({ worker: body.name, what: 'added', userId: caller.userId });
    return { status: 201, headers: { location: `/v1/workers/${body.name}` }, body: added };
  };
}
