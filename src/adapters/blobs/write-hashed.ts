import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { KilnError } from '../../domain/errors.js';
import type { Content } from '../../ports/contents.js';

/** Writes a stream into a new file, which the group may read where the umask lets it, and hashes it on the way. `payload_too_large` past `maxBytes`. */
export async function writeHashed(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Content> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle = await open(file, 'wx', 0o660);
  try {
    for await (const part of bytes) {
      sizeBytes += part.length;
      if (sizeBytes > maxBytes) throw tooMany(maxBytes);
      hash.update(part);
      await handle.writeFile(part);
    }
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** The SHA-256 of a file (hex). */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(part as Buffer);
  return hash.digest('hex');
}

/** The error of more bytes than were announced or are allowed. */
export function tooMany(maxBytes: number): KilnError {
  return new KilnError('payload_too_large', { message: `More than ${maxBytes} bytes were sent.` });
}
