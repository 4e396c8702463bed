import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { processStartTime } from './process-identity.js';

const Owner = z.object({ pid: z.int().positive(), startTime: z.string() });
/** The `kiln up` that serves from a state folder. */
export type Owner = z.infer<typeof Owner>;

/** Writes this process down as the one that serves from the folder. */
export async function recordOwner(stateFolder: string): Promise<void> {
  await mkdir(stateFolder, { recursive: true });
  const owner: Owner = { pid: process.pid, startTime: processStartTime(process.pid) ?? '' };
  await writeFile(join(stateFolder, 'up.json'), JSON.stringify(owner));
}

/** Null when none was written down. */
export async function readOwner(stateFolder: string): Promise<Owner | null> {
  const text = await readFile(join(stateFolder, 'up.json'), 'utf8').catch(() => null);
  return text === null ? null : Owner.parse(JSON.parse(text));
}
