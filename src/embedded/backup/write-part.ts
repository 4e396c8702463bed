import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Part, PART_FILES, type PartName } from './manifest.js';

/** Told how many bytes are done. */
export type OnBytes = (doneBytes: number) => void;

/** Writes a part of a backup durably, and hashes it on the way. */
export async function writePart(
  folder: string,
  name: PartName,
  bytes: AsyncIterable<Uint8Array>,
  onBytes: OnBytes,
): Promise<Part> {
  const handle = await open(join(folder, PART_FILES[name]), 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const piece of bytes) {
      hash.update(piece);
      await handle.writeFile(piece);
      sizeBytes += piece.length;
      onBytes(sizeBytes);
    }
    await handle.sync();
    return { name, size_bytes: sizeBytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

/** The SHA-256 (hex) of a file. */
export async function hashPart(file: string, onBytes: OnBytes): Promise<string> {
  const hash = createHash('sha256');
  let doneBytes = 0;
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    hash.update(piece);
    doneBytes += piece.length;
    onBytes(doneBytes);
  }
  return hash.digest('hex');
}
