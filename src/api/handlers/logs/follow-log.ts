import type { followLog as operation } from '../../../contracts/log-operations.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import type { Doorbell } from '../../streams/doorbells.js';
import { type EventStream, eventFrame } from '../../streams/event-stream.js';
import { LogPages } from '../../streams/log-pages.js';
import { refuseRemovedLog } from './refuse-removed-log.js';
import { readPatiently } from '../../streams/read-patiently.js';
import type { Viewers } from '../../streams/viewers.js';

/** Streams the log; Last-Event-ID, which browsers send by themselves, goes before `after`. */
export function followLog(
  deps: Pick<ApiDeps, 'builds' | 'logs'>,
  viewers: Viewers,
): Handler<typeof operation> {
  const pages = new LogPages(deps.logs);
  return async ({ caller, params, query, headers }) => {
    refuseRemovedLog(await deps.builds.get(caller, params.build));
    const after = headers['last-event-id'] ?? query.after ?? null;
    return {
      status: 200,
      stream: (response) =>
        viewers.show('log', params.build, response, (stream, bell) =>
          follow(pages, caller, params.build, after, stream, bell),
        ),
    };
  };
}

async function follow(
  pages: LogPages,
  tenant: TenantContext,
  buildId: string,
  after: string | null,
  stream: EventStream,
  bell: Doorbell,
): Promise<void> {
  let cursor = after;
  for (;;) {
    const reading = await readPatiently(bell, stream.signal, (generation) =>
      pages.read(tenant, buildId, cursor, generation),
    );
    if (reading === null) return;
    const page = reading.answer;
    for (const frame of page.frames) if (!(await stream.write(frame))) return;
    cursor = page.last;
    if (page.end) {
      await stream.write(eventFrame('end', { last: cursor }));
      return;
    }
    if (!page.more) await bell.changedSince(reading.generation, stream.signal);
  }
}
