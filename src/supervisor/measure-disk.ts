import { statfs } from 'node:fs/promises';
import type { WorkerDisk } from '../ports/dispatch.js';

/** What is free for this process on the disk of a folder, and what is to stay free; null where it cannot be told. */
export async function measureDisk(folder: string, reserveBytes: number): Promise<WorkerDisk | null> {
  const found = await statfs(folder).catch(() => null);
  if (found === null) return null;
  return { free_bytes: found.bavail * found.bsize, reserve_bytes: reserveBytes };
}
