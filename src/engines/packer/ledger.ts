import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { closeSync } from 'node:fs';
import path from 'node:path';
import { foldersOf, namesIn, removeGroup } from './control-groups.js';

/** An entry that is still being written has dot in front; one that is older was never finished, and nothing was made. */
const OLD_MS = 60_000;

/** What a run makes outside of its own folders. Network, mounts and processes end with its first process and leave nothing. */
export interface LedgerEntry {
  /** The control group, from the root of each tree of them. */
  readonly controlGroup: string;
  /** Empty for everybody but the run itself, which mounts there. */
  readonly folder?: string | undefined;
}

/**
 * Writes the entry to the disk, before anything in it is made. It is locked for as long as this process lives, and never seen without its
 * lock: an entry that is not locked has lost its owner.
 */
export async function openEntry(file: string, entry: LedgerEntry): Promise<void> {
  const folder = path.dirname(file);
  const unseen = path.join(folder, `.${path.basename(file)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const handle = openSync(unseen, 'w', 0o600);
  writeSync(handle, JSON.stringify(entry));
  fsyncSync(handle);
  closeSync(handle);
  const holder = spawn('flock', ['--exclusive', unseen, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  holder.stdin.write('held');
  await once(holder.stdout, 'data');
  renameSync(unseen, file);
}

/** Removes what the entry names, killing who is still in it, and then the entry. */
export async function clearEntry(file: string): Promise<void> {
  const entry = readEntry(file);
  if (entry !== null) for (const group of foldersOf(entry.controlGroup)) await removeGroup(group);
  if (entry?.folder !== undefined) removeEmpty(entry.folder);
  rmSync(file, { force: true });
}

/**
 * Clears the entries of all runs below `folder` (one folder a tenant) whose first process has ended, however it ended. Repeatable; gives
 * how many there were.
 */
export async function clearLedgers(folder: string): Promise<number> {
  let cleared = 0;
  for (const tenant of namesIn(folder)) {
    const ledger = path.join(folder, tenant, 'ledger');
    for (const name of namesIn(ledger)) {
      const file = path.join(ledger, name);
      if (name.startsWith('.') && ageMs(file) < OLD_MS) continue;
      if (await isLocked(file)) continue;
      await clearEntry(file);
      cleared += 1;
    }
  }
  return cleared;
}

function isLocked(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('flock', ['--exclusive', '--nonblock', file, 'true'], (error) => resolve(error !== null));
  });
}

/** Null for one that is not whole (then nothing was made) or names no group of a run. */
function readEntry(file: string): LedgerEntry | null {
  try {
    const { controlGroup, folder } = JSON.parse(readFileSync(file, 'utf8')) as LedgerEntry;
    const parts = controlGroup.split('/').slice(1);
    const isOfRun = /^(?:packer|kiln-packer-.+)$/.test(parts.at(-1) ?? '') && !parts.includes('..');
    const isPlace = /^\/run\/kiln-packer-[A-Za-z0-9-]+$/.test(folder ?? '');
    return isOfRun ? { controlGroup, ...(isPlace && { folder }) } : null;
  } catch {
    return null;
  }
}

/** A folder that is gone, or not empty, stays as it is. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Nothing of a run is in it.
  }
}

function ageMs(file: string): number {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}
