import type { followQueue as operation } from '../../../contracts/queue.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { eventFrame } from '../../streams/event-stream.js';
import type { QueueReads } from '../../streams/queue-reads.js';
import { readPatiently } from '../../streams/read-patiently.js';
import type { Viewers } from '../../streams/viewers.js';
import { narrowedTo, showQueue } from './show-queue.js';

/** Streams the queue: as it stands, then whenever what is shown of it has changed. */
export function followQueue(
  deps: Pick<ApiDeps, 'projects'>,
  queues: QueueReads,
  viewers: Viewers,
): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const isAsked = await narrowedTo(deps, caller, query);
    return {
      status: 200,
      stream: (response) =>
        viewers.show('queue', '', response, async (stream, bell) => {
          let shown = '';
          for (;;) {
            const reading = await readPatiently(bell, stream.signal, () => queues.read(caller));
            if (reading === null) return;
            const frame = eventFrame('queue', showQueue(reading.answer, isAsked, query.limit));
            if (frame !== shown && !(await stream.write(frame))) return;
            shown = frame;
            await bell.changedSince(reading.generation, stream.signal);
          }
        }),
    };
  };
}
