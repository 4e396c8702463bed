import { KilnError } from '../../domain/errors.js';

/** Reads a body that must be small; raises `registry_failed` when it is longer than allowed. */
export async function bodyWithin(response: Response, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of pieces(response)) {
    size += part.byteLength;
    if (size > maxBytes) {
      throw new KilnError('registry_failed', {
        message: `A registry sent more than ${maxBytes} bytes where a short answer was due.`,
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The pieces of a body as they come; leaving the loop early cancels the rest. */
export async function* pieces(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  for await (const part of response.body) yield part as Uint8Array;
}

/** Lets go of a body that nobody reads, so that its connection is free again. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
