import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { isSameProcess, processStartTime } from './process-identity.js';

const holder = z.object({
  pid: z.int().positive(),
  startTime: z.string(),
  /** What the process is, where several kinds claim the same. */
  command: z.string().optional(),
});
/** The process that holds a claim. */
export type ClaimHolder = z.infer<typeof holder>;

/**
 * Makes a file that names this process by pid and start time, unless one that lives has made it: then that one is returned
 * and nothing is written. The file appears whole or not at all; one of a dead process is taken over, by one of several only.
 */
export async function claimFile(path: string, command?: string): Promise<ClaimHolder | null> {
  const self: ClaimHolder = { pid: process.pid, startTime: processStartTime(process.pid) ?? '', command };
  const written = `${path}.${randomUUID().slice(0, 8)}`;
  await writeFile(written, JSON.stringify(self));
  try {
    for (;;) {
      if (await linkNew(written, path)) return null;
      const held = await readClaim(path);
      if (held !== null && isSameProcess(held)) return held;
      if (await takeOver(path, held, written)) return null;
      await sleep(20);
    }
  } finally {
    await rm(written, { force: true });
  }
}

/** Of several links to one path only one can be made. */
async function linkNew(written: string, path: string): Promise<boolean> {
  try {
    await link(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Puts the claim in the place of a dead one. Whoever does so holds a second claim meanwhile, on the succession of just that one,
 * so that nobody who looked earlier can put his own over a new one.
 */
async function takeOver(path: string, dead: ClaimHolder | null, written: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const succession = `${path}.after-${dead === null ? 'half' : `${dead.pid}-${encodeURIComponent(dead.startTime)}`}`;
  if ((await claimFile(succession)) !== null) return false;
  try {
    if (!existsSync(path) || !isDeepStrictEqual(await readClaim(path), dead)) return false;
    await rename(written, path);
    return true;
  } finally {
    await rm(succession, { force: true });
  }
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
