import type { appendLog as operation } from '../../../contracts/supervisor.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function appendLog(deps: Pick<ApiDeps, 'leases' | 'events'>): Handler<typeof operation> {
  return async ({ caller, body }) => {
    await deps.leases.appendLog(caller, body.fence, body.chunks);
    deps.events.logStored({ buildId: caller.buildId, chunks: body.chunks.length });
    return { status: 204 };
  };
}
