import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { endOf } from './run-program.js';

const OLD_MS = 3_600_000;

/**
 * Removes entries of a folder, the longest unused first, until the rest is small enough. An entry is a folder with a file `bytes`, whose
 * own time is that of its last use, and a lock beside it; one that somebody holds stays. What begins with a dot was never finished.
 */
export async function removeUnused(folder: string, maxBytes: number): Promise<void> {
  const names = readdirSync(folder);
  for (const place of names.filter((name) => name.startsWith('.')).map((name) => path.join(folder, name)))
    if (Date.now() - statSync(place).mtimeMs > OLD_MS) rmSync(place, { recursive: true, force: true });
  const entries = names
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => entryOf(path.join(folder, name)))
    .sort((a, b) => a.usedMs - b.usedMs);
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { place, bytes } of entries) {
    if (total <= maxBytes) return;
    const removal = ['--exclusive', '--nonblock', `${place}.lock`, 'rm', '-rf', '--', place];
    if ((await endOf(spawn('flock', removal, { stdio: 'ignore' }))) === 0) total -= bytes;
  }
}

function entryOf(place: string): { place: string; bytes: number; usedMs: number }[] {
  try {
    const bytes = Number(readFileSync(path.join(place, 'bytes'), 'utf8'));
    return [{ place, bytes, usedMs: statSync(place).mtimeMs }];
  } catch {
    return [];
  }
}
