import { type appendContent as operation, UPLOAD_OFFSET } from '../../../contracts/uploads.js';
import type { Handler } from '../../call.js';
import { decodedBody } from '../../contexts/decoded-body.js';
import { showProgress, wantedContent } from '../../contexts/wanted-content.js';
import type { ApiDeps } from '../../deps.js';

/** Adds a piece; the last one makes the content known. What had arrived of a piece that broke off is kept. */
export function appendContent(
  deps: Pick<ApiDeps, 'contents' | 'files' | 'events'>,
): Handler<typeof operation> {
  return async ({ caller, params, headers, request }) => {
    const content = await wantedContent(deps, caller, params.digest);
    if (content.isStored) return { status: 200, body: showProgress(content, 0, true) };
    const { tenantId } = caller;
    const offset = headers[UPLOAD_OFFSET];
    const end = await deps.files.append(tenantId, content, offset, decodedBody(request));
    const isWhole = end === content.sizeBytes;
    if (isWhole) {
      const received = [await deps.files.finish(tenantId, content)];
      await deps.files.sync(tenantId, received);
      await deps.contents.store(caller, received, () => deps.files.place(tenantId, received));
      await deps.files.discard(received);
    }
    deps.events.contentsArrived({ contents: isWhole ? 1 : 0, sizeBytes: end - offset });
    return { status: 200, body: showProgress(content, end, isWhole) };
  };
}
