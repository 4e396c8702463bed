import type { Request } from 'express';
import { KilnError } from '../../domain/errors.js';

/** GitHub sends nothing larger. */
export const MAX_BODY_BYTES = 25 * 1024 * 1024;
/** Of all bodies that are on their way or in hand at once. */
const MAX_ROOM_BYTES = 4 * MAX_BODY_BYTES;

/** Counts the memory that bodies may take together. */
export class BodyRoom {
  #takenBytes = 0;

  constructor(
    private readonly maxBytes = MAX_ROOM_BYTES,
    private readonly maxBodyBytes = MAX_BODY_BYTES,
  ) {}

  /**
   * Reads a body and works with it, in which time it counts. Raises `payload_too_large`, before anything is read where the sender says
   * the size, and `unavailable` where there is no room for it now.
   */
  async read<T>(request: Request, work: (body: Buffer) => Promise<T>): Promise<T> {
    if (request.headers['content-encoding'] !== undefined) throw compressed();
    if (Number(request.headers['content-length'] ?? 0) > this.maxBodyBytes) throw tooLarge(this.maxBodyBytes);
    const parts: Buffer[] = [];
    let arrivedBytes = 0;
    try {
      for await (const part of request as AsyncIterable<Buffer>) {
        if (arrivedBytes + part.length > this.maxBodyBytes) throw tooLarge(this.maxBodyBytes);
        if (this.#takenBytes + part.length > this.maxBytes)
          throw new KilnError('unavailable', { detail: 'no room for the body of a webhook' });
        arrivedBytes += part.length;
        this.#takenBytes += part.length;
        parts.push(part);
      }
      return await work(Buffer.concat(parts, arrivedBytes));
    } finally {
      this.#takenBytes -= arrivedBytes;
    }
  }
}

function tooLarge(maxBytes: number): KilnError {
  return new KilnError('payload_too_large', {
    message: `The body of a delivery has ${maxBytes} bytes at most.`,
    fix: 'Let the webhook send fewer events, or smaller pushes.',
  });
}

function compressed(): KilnError {
  return new KilnError('invalid_request', {
    message: 'The body of a delivery comes as it was signed, without content-encoding.',
    fields: [{ field: 'headers.content-encoding', message: 'leave it out' }],
  });
}
