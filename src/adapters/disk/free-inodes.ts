import { statfs } from 'node:fs/promises';

/** How many files the disk of a folder can still take; null where it has no fixed number of them, or it cannot be told. */
export async function freeInodes(folder: string): Promise<number | null> {
  const found = await statfs(folder).catch(() => null);
  return found === null || found.files === 0 ? null : found.ffree;
}
