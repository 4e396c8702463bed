import { timeLimit } from '../../../domain/time-limit.js';
import type { getImage as operation } from '../../../contracts/image-operations.js';
import type { ImageDetail } from '../../../contracts/images.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

const SECOND_MS = 1000;

/** Answers at once, or when what is waited for has ended. A ring only says that it may have: the row decides. */
export function getImage(deps: Pick<ApiDeps, 'images' | 'changes' | 'closing'>): Handler<typeof operation> {
  return async ({ caller, params, query, request }) => {
    const read = (): Promise<ImageDetail> => deps.images.get(caller, params.image);
    const left = new AbortController();
    request.res?.once('close', () => left.abort());
    const timeUp = timeLimit(query.wait_seconds * SECOND_MS);
    const over = AbortSignal.any([deps.closing, left.signal, timeUp]);
    let body = await read();
    if (query.wait_seconds === 0) return { status: 200, body };
    let ring = (): void => undefined;
    const stopListening = deps.changes.onImage(body.manifest_digest, () => ring());
    try {
      while (isPending(body, query.wait_for) && !over.aborted) {
        const rung = new Promise<void>((resolve) => {
          ring = resolve;
          over.addEventListener('abort', () => resolve(), { once: true });
        });
        body = await read();
        if (isPending(body, query.wait_for)) await rung;
      }
      return { status: 200, body };
    } finally {
      stopListening();
    }
  };
}

function isPending({ exploration, sbom, scan }: ImageDetail, what: 'layers' | 'sbom' | 'scan'): boolean {
  return { layers: exploration, sbom, scan }[what].state === 'pending';
}
