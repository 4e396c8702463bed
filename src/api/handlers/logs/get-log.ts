import { once } from 'node:events';
import type { getLog as operation } from '../../../contracts/log-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { cursorOf } from '../../streams/log-pages.js';

const CHUNKS_PER_READ = 64;

/** Writes the log in pieces, so that a large one needs no large memory. */
export function getLog(deps: Pick<ApiDeps, 'builds' | 'logs'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    await deps.builds.get(caller, params.build);
    const complete = await deps.logs.isComplete(caller, params.build);
    return {
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'kiln-log-complete': String(complete) },
      stream: async (response) => {
        let after: string | null = null;
        while (!response.destroyed) {
          const chunks = await deps.logs.read(caller, params.build, after, CHUNKS_PER_READ);
          if (chunks.length === 0) return;
          after = cursorOf(chunks, after);
          const roomLeft = response.write(chunks.map(({ log_content }) => log_content).join(''));
          if (!roomLeft && !response.destroyed)
            await Promise.race([once(response, 'drain'), once(response, 'close')]);
        }
      },
    };
  };
}
