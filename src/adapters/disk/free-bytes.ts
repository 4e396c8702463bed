import { statfs } from 'node:fs/promises';

/** What is free for this process on the disk of a folder; null where it cannot be told. */
export async function freeBytes(folder: string): Promise<number | null> {
  const found = await statfs(folder).catch(() => null);
  return found === null ? null : found.bavail * found.bsize;
}
