import { KilnError } from '../../domain/errors.js';

/** A body that is longer than it may be. */
export class BodyTooLong extends KilnError {
  constructor(maxBytes: number) {
    super('registry_failed', {
      message: `A registry sent more than ${maxBytes} bytes where a short answer was due.`,
    });
  }
}

/** Reads a body that must be small, without silence of more than `idleTimeoutMs`; raises BodyTooLong (`registry_failed`) when it is longer than allowed. */
export async function bodyWithin(
  response: Response,
  maxBytes: number,
  idleTimeoutMs: number,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of pieces(response, idleTimeoutMs)) {
    size += part.byteLength;
    if (size > maxBytes) throw new BodyTooLong(maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * The pieces of a body as they come; leaving the loop early cancels the rest. Raises a TimeoutError after so long without a piece: how long
 * the reader takes for one does not count.
 */
export async function* pieces(response: Response, idleTimeoutMs: number): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), idleTimeoutMs);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A body that broke off by falling silent. */
class Silence extends Error {
  override readonly name = 'TimeoutError';
}

async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Silence('It fell silent.')), timeoutMs);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets go of a body that nobody reads, so that its connection is free again. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
