import { once } from 'node:events';
import type { getLog as operation } from '../../../contracts/log-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { refuseRemovedLog } from './refuse-removed-log.js';
import { cursorOf } from '../../streams/log-pages.js';

const CHUNKS_PER_READ = 64;

/** Writes the log in pieces, so that a large one needs no large memory. */
export function getLog(deps: Pick<ApiDeps, 'builds' | 'logs'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    refuseRemovedLog(await deps.builds.get(caller, params.build));
    const read = (after: string | null) => deps.logs.read(caller, params.build, after, CHUNKS_PER_READ);
    let { chunks, isComplete } = await read(null);
    return {
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'kiln-log-complete': String(isComplete) },
      stream: async (response) => {
        while (chunks.length > 0 && !response.destroyed) {
          const roomLeft = response.write(chunks.map(({ log_content }) => log_content).join(''));
          if (!roomLeft && !response.destroyed)
            await Promise.race([once(response, 'drain'), once(response, 'close')]);
          ({ chunks } = await read(cursorOf(chunks, null)));
        }
      },
    };
  };
}
