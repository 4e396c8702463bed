import { createHash, type Hash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a build would change first if it got out. */
export const HOST_FOLDERS = [
  ...['/usr/bin', '/usr/sbin', '/usr/local'],
  ...['src', 'bin', 'node_modules/.bin'].map((name) =>
    fileURLToPath(new URL(`../../${name}`, import.meta.url)),
  ),
];

/** One digest for each folder, of the names, kinds, owners, sizes and times of everything below it. Links are not followed. */
export function fingerprints(folders: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    folders.map((folder) => {
      const hash = createHash('sha256');
      addTree(hash, folder);
      return [folder, hash.digest('hex')];
    }),
  );
}

function addTree(hash: Hash, folder: string): void {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const found = lstatSync(path);
    const { mode, uid, gid, size, mtimeMs, ino } = found;
    hash.update(`${path}\0${[mode, uid, gid, size, mtimeMs, ino].join(' ')}\n`);
    if (found.isDirectory()) addTree(hash, path);
  }
}
