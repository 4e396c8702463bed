import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

const BLOCK_BYTES = 512;

/** What a folder with everything in it takes on the disk. What goes away meanwhile does not count; links are not followed. */
export async function treeSizeBytes(folder: string): Promise<number> {
  let sizeBytes = 0;
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      const name = path.join(at, entry.name);
      if (entry.isDirectory()) folders.push(name);
      else sizeBytes += ((await lstat(name).catch(() => null))?.blocks ?? 0) * BLOCK_BYTES;
    }
  }
  return sizeBytes;
}
