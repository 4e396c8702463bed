import type { getLog as operation } from '../../../contracts/log-operations.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { sendBytes } from '../../send-bytes.js';
import { refuseRemovedLog } from './refuse-removed-log.js';
import { cursorOf } from '../../streams/log-pages.js';

const CHUNKS_PER_READ = 64;

/** Writes the log in pieces, so that a large one needs no large memory. */
export function getLog(deps: Pick<ApiDeps, 'builds' | 'logs'>): Handler<typeof operation> {
  return async ({ caller, params }) => {
    refuseRemovedLog(await deps.builds.get(caller, params.build));
    const read = (after: string | null) => deps.logs.read(caller, params.build, after, CHUNKS_PER_READ);
    let page = await read(null);
    async function* texts(): AsyncGenerator<string> {
      for (; page.chunks.length > 0; page = await read(cursorOf(page.chunks, null)))
        yield page.chunks.map(({ log_content }) => log_content).join('');
    }
    return {
      status: 200,
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'kiln-log-complete': String(page.isComplete),
      },
      stream: (response) => sendBytes(response, texts()),
    };
  };
}
