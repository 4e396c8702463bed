import { lstat, readlink } from 'node:fs/promises';
import path from 'node:path';
import { escapes } from '../../domain/contexts/paths.js';

const MAX_LINKS = 40;

/** Where a path leads when every symbolic link on the way is followed. */
export interface Resolved {
  readonly absolutePath: string;
  readonly kind: 'file' | 'folder' | 'other' | 'missing';
}

/**
 * Follows a path inside a folder link by link, as the kernel would, and raises `path_escapes_context` at the first step
 * out of the folder, also where the way leads back in. A loop of links counts as missing.
 */
export async function resolveInside(folder: string, relativePath: string): Promise<Resolved> {
  const waiting = relativePath.split('/');
  const reached: string[] = [];
  let links = 0;
  let kind: Resolved['kind'] = 'folder';
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (reached.pop() === undefined) throw escapes(relativePath, 'a symbolic link or ".."');
      kind = 'folder';
      continue;
    }
    const candidate = path.join(folder, ...reached, part);
    const found = await lstat(candidate).catch(() => null);
    if (found?.isSymbolicLink() === true) {
      links += 1;
      if (links > MAX_LINKS) return { absolutePath: candidate, kind: 'missing' };
      const target = await readlink(candidate);
      if (target.startsWith('/')) throw escapes(relativePath, `a symbolic link to ${target.slice(0, 200)}`);
      waiting.unshift(...target.split('/'));
      continue;
    }
    reached.push(part);
    if (found === null) kind = 'missing';
    else if (found.isDirectory()) kind = 'folder';
    else kind = found.isFile() ? 'file' : 'other';
  }
  return { absolutePath: path.join(folder, ...reached), kind };
}
