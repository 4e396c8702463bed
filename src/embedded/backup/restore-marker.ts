import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { writePrivately } from '../state.js';

/** Lies in a state folder from the first change that a restore makes there until its last. */
const pathOf = (stateFolder: string): string => join(stateFolder, 'restore.json');

export async function isHalfRestored(stateFolder: string): Promise<boolean> {
  return (await readFile(pathOf(stateFolder)).catch(() => null)) !== null;
}

/** restore_incomplete when a restore into this state folder was cut off: what is there is neither the old nor the new. */
export async function refuseHalfRestored(stateFolder: string): Promise<void> {
  if (await isHalfRestored(stateFolder)) throw new KilnError('restore_incomplete');
}

export async function markHalfRestored(stateFolder: string, backup: string): Promise<void> {
  await writePrivately(pathOf(stateFolder), `${JSON.stringify({ backup, pid: process.pid })}\n`);
}

export async function markRestored(stateFolder: string): Promise<void> {
  await rm(pathOf(stateFolder), { force: true });
}
