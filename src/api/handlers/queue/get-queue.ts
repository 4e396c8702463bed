import type { getQueue as operation } from '../../../contracts/queue.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import type { QueueReads } from '../../streams/queue-reads.js';
import { narrowedTo, showQueue } from './show-queue.js';

export function getQueue(deps: Pick<ApiDeps, 'projects'>, queues: QueueReads): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const isAsked = await narrowedTo(deps, caller, query);
    return { status: 200, body: showQueue(await queues.read(caller), isAsked, query.limit) };
  };
}
