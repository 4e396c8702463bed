import { timeLimit } from '../../../domain/time-limit.js';
import type { getImage as operation } from '../../../contracts/image-operations.js';
import type { ImageDetail } from '../../../contracts/images.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

const SECOND_MS = 1000;

/**
 * Answers at once, or when what is waited for has ended. A ring only says that it may have: the row decides. A bill of materials or a scan that
 * could not be made is tried again for whoever waits for it.
 */
export function getImage(
  deps: Pick<ApiDeps, 'images' | 'inspections' | 'changes' | 'closing'>,
): Handler<typeof operation> {
  return async ({ caller, params, query, request }) => {
    const what = query.wait_for;
    let failedAt: Date | null = null;
    const read = async (): Promise<ImageDetail> => {
      const image = await deps.images.get(caller, params.image);
      if (what === 'layers' || failedAt === null) return image;
      if (await deps.inspections.isTriedSince(caller, image.id, what, failedAt)) return image;
      return { ...image, [what]: { ...image[what], state: 'pending', failure_reason: null } };
    };
    const left = new AbortController();
    request.res?.once('close', () => left.abort());
    const timeUp = timeLimit(query.wait_seconds * SECOND_MS);
    const over = AbortSignal.any([deps.closing, left.signal, timeUp]);
    let body = await read();
    if (query.wait_seconds === 0) return { status: 200, body };
    let ring = (): void => undefined;
    over.addEventListener('abort', () => ring(), { once: true });
    const stopListening = deps.changes.onImage(body.manifest_digest, () => ring());
    try {
      if (what !== 'layers' && body[what].state === 'failed') {
        failedAt = await deps.inspections.askFor(caller, body.id, what);
        body = await read();
      }
      while (isPending(body, what) && !over.aborted) {
        const rung = new Promise<void>((resolve) => {
          ring = resolve;
        });
        body = await read();
        if (isPending(body, what)) await rung;
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
