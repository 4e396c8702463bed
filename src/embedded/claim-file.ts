import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { isSameProcess, processStartTime } from './process-identity.js';

const holder = z.object({ pid: z.int().positive(), startTime: z.string() });
/** The process that holds a claim. */
export type ClaimHolder = z.infer<typeof holder>;

/**
 * Makes a file that names this process by pid and start time, unless one that lives has made it: then that one is returned
 * and nothing is written. The file appears whole or not at all; one of a dead process is taken over.
 */
export async function claimFile(path: string): Promise<ClaimHolder | null> {
  const self: ClaimHolder = { pid: process.pid, startTime: processStartTime(process.pid) ?? '' };
  const written = `${path}.${randomUUID().slice(0, 8)}`;
  for (;;) {
    // Only one of several can make the link.
    try {
      await writeFile(written, JSON.stringify(self));
      await link(written, path);
      return null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(written, { force: true });
    }
    const held = await readClaim(path);
    if (held !== null && isSameProcess(held)) return held;
    await removeDead(path, `${written}.dead`);
  }
}

/** Whoever is slow may find a new claim where the dead one was: it is moved aside, looked at, and put back. */
async function removeDead(path: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readClaim(aside);
  if (moved !== null && isSameProcess(moved)) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Null when there is no such file, or only half of one. */
export async function readClaim(path: string): Promise<ClaimHolder | null> {
  try {
    return holder.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Removes the file when this process holds it. */
export async function releaseClaim(path: string): Promise<void> {
  if ((await readClaim(path))?.pid === process.pid) await rm(path, { force: true });
}
