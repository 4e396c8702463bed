import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { KilnError } from '../../domain/errors.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import { comesBefore, unusable } from '../../domain/contexts/paths.js';
import { IgnorePatterns } from './ignore-patterns.js';
import { resolveInside } from './resolve-inside.js';

/** One thing to send. */
export interface FoundEntry {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly stats: Stats;
  readonly kind: 'file' | 'folder' | 'link';
  readonly linkTarget: string | null;
}

/**
 * What of a folder belongs to the build context, sorted by path. `<dockerfile>.dockerignore` takes precedence
 * over `.dockerignore`; both and the Dockerfile are always sent. Sockets, pipes and devices are left out as Docker does.
 */
export async function listContext(folder: string, dockerfile: string): Promise<FoundEntry[]> {
  const wanted = parseContextPath(dockerfile);
  const ignoreFiles = [`${wanted}.dockerignore`, '.dockerignore'];
  const always = new Set([wanted, ...ignoreFiles]);
  const patterns = await readPatterns(folder, ignoreFiles);
  const entries = await walk(folder, '', patterns, always);
  return entries.sort((a, b) => (comesBefore(a.path, b.path) ? -1 : 1));
}

async function walk(
  folder: string,
  below: string,
  patterns: IgnorePatterns,
  always: ReadonlySet<string>,
): Promise<FoundEntry[]> {
  const found: FoundEntry[] = [];
  for (const name of await readdir(path.join(folder, below)).catch((error: unknown) =>
    Promise.reject(unreadable(below, error)),
  )) {
    const relative = below === '' ? name : `${below}/${name}`;
    const isExcluded = patterns.excludes(relative) && !always.has(relative);
    const stats = await lstat(path.join(folder, relative)).catch(() => null);
    if (stats === null) {
      if (!isExcluded && name.includes('\ufffd')) throw unusable(relative, 'has a name that is not UTF-8');
      continue;
    }
    if (stats.isDirectory()) {
      const isNeeded = [...always].some((file) => file.startsWith(`${relative}/`));
      if (isExcluded && !isNeeded && !patterns.mayTakeBackBelow(relative)) continue;
      const inside = await walk(folder, relative, patterns, always);
      if (!isExcluded || inside.length > 0)
        found.push({ path: relative, stats, kind: 'folder', linkTarget: null });
      found.push(...inside);
    } else if (!isExcluded && stats.isFile()) {
      found.push({ path: relative, stats, kind: 'file', linkTarget: null });
    } else if (!isExcluded && stats.isSymbolicLink()) {
      found.push({ path: relative, stats, kind: 'link', linkTarget: await linkTarget(folder, relative) });
    }
  }
  return found;
}

/** A link that leads out is refused here already, before anything is sent. */
async function linkTarget(folder: string, relative: string): Promise<string> {
  await resolveInside(folder, relative);
  return readlink(path.join(folder, relative));
}

async function readPatterns(folder: string, files: readonly string[]): Promise<IgnorePatterns> {
  for (const file of files) {
    const text = await readFile(path.join(folder, file), 'utf8').catch(() => null);
    if (text !== null) return IgnorePatterns.parse(text);
  }
  return IgnorePatterns.parse('');
}

function unreadable(relative: string, error: unknown): KilnError {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? 'unknown';
  return unusable(
    relative === '' ? '.' : relative,
    `cannot be read (${code}). Make it readable, or leave it out with .dockerignore`,
  );
}
