import { once } from 'node:events';
import type { Response } from 'express';

/** Writes bytes as fast as the client takes them. A client that leaves is no error, and ends the reading. */
export async function sendBytes(response: Response, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const part of bytes) {
    if (response.destroyed) return;
    if (!response.write(part)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
}
