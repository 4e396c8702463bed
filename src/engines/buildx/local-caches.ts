import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** The most that one local cache may have, and those of a project together. */
const MAX_CACHE_BYTES = 5_000_000_000;
const MAX_PROJECT_BYTES = 10_000_000_000;

/** A name that no cache can have: what is about to be removed. */
const LEFT = '.left-';
/** A cache on its way to its place; one that is older than this is nobody's. */
const NEW = '.new-';
const NEW_MS = 3_600_000;

/**
 * Makes a copy of links, which stays what it is while other builds write the cache anew; false where there is none. The cache counts as
 * used now.
 */
export function copyCache(cache: string, copy: string): boolean {
  try {
    linkTree(cache, copy);
    const now = new Date();
    utimesSync(cache, now, now);
    return true;
  } catch {
    // There is none yet, or it was put away right now: the build goes on without.
    rmSync(copy, { recursive: true, force: true });
    return false;
  }
}

/**
 * Puts a written cache in the place of the kept one and removes those of the project that were used longest ago beyond the bound. Gives
 * why it was not kept, null when it was.
 */
export function keepCache(
  written: string,
  cache: string,
  bounds = { cacheBytes: MAX_CACHE_BYTES, projectBytes: MAX_PROJECT_BYTES },
): string | null {
  // What makes a folder of blobs a cache; it is written last.
  if (!existsSync(path.join(written, 'index.json'))) return 'it was not written';
  const bytes = treeBytes(written);
  if (bytes > bounds.cacheBytes) return `it has ${bytes} bytes, more than ${bounds.cacheBytes}`;
  const folder = path.dirname(cache);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Not by the pid: in containers many have the same.
  const mark = `${randomUUID()}-${path.basename(cache)}`;
  const left = path.join(folder, `${LEFT}${mark}`);
  const whole = broughtBeside(written, path.join(folder, `${NEW}${mark}`));
  try {
    renameSync(cache, left);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(whole, cache);
  removeOldest(folder, bounds.projectBytes);
  return null;
}

/** Removes local caches of all tenants below `root` (`<tenant>/<project>/<name>`), the one used longest ago first, while `isShort` says so. */
export async function clearCaches(root: string, isShort: () => Promise<boolean>): Promise<void> {
  const caches = await listBelow(root, 3);
  const used = await Promise.all(
    caches.map(async (cache) => ({ cache, atMs: (await stat(cache).catch(() => null))?.mtimeMs ?? 0 })),
  );
  for (const { cache } of used.sort((a, b) => a.atMs - b.atMs)) {
    if (!(await isShort())) return;
    await rm(cache, { recursive: true, force: true });
  }
}

async function listBelow(folder: string, depth: number): Promise<string[]> {
  if (depth === 0) return [folder];
  const names = await readdir(folder).catch(() => []);
  return (await Promise.all(names.map((name) => listBelow(path.join(folder, name), depth - 1)))).flat();
}

function removeOldest(folder: string, maxBytes: number): void {
  const entries = readdirSync(folder).map((name) => path.join(folder, name));
  for (const entry of entries) {
    if (isLeft(entry)) rmSync(entry, { recursive: true, force: true });
  }
  const caches = entries
    .filter((entry) => ![LEFT, NEW].some((prefix) => path.basename(entry).startsWith(prefix)))
    .map((cache) => ({ cache, bytes: treeBytes(cache), usedMs: statSync(cache).mtimeMs }))
    .sort((a, b) => b.usedMs - a.usedMs);
  let kept = 0;
  for (const { cache, bytes } of caches) {
    kept += bytes;
    if (kept > maxBytes) rmSync(cache, { recursive: true, force: true });
  }
}

function isLeft(entry: string): boolean {
  const name = path.basename(entry);
  if (name.startsWith(LEFT)) return true;
  const madeMs = statSync(entry, { throwIfNoEntry: false })?.birthtimeMs ?? Date.now();
  return name.startsWith(NEW) && Date.now() - madeMs > NEW_MS;
}

/** Under which path a folder can take a place beside `beside` in one step: copied there, where it lies on another mount. */
function broughtBeside(folder: string, beside: string): string {
  try {
    renameSync(folder, beside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    cpSync(folder, beside, { recursive: true });
  }
  return beside;
}

/** Links where both are on one mount: a runner that shuts a run in gives it storage and workspace as two. */
function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    copyFileSync(source, target);
  }
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else linkOrCopy(source, target);
  }
}

function treeBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    bytes += entry.isDirectory() ? treeBytes(at) : statSync(at).size;
  }
  return bytes;
}
