import { once } from 'node:events';
import type { Response } from 'express';

/** Writes bytes as fast as the client takes them. A client that leaves is no error, and ends the reading. */
export async function sendBytes(
  response: Response,
  bytes: AsyncIterable<Uint8Array | string>,
): Promise<void> {
  for await (const part of bytes) {
    if (response.destroyed) return;
    if (!response.write(part)) await hasRoomOrIsGone(response);
  }
}

/** Leaves no listener behind: a large answer waits thousands of times. */
async function hasRoomOrIsGone(response: Response): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  over.abort();
}
