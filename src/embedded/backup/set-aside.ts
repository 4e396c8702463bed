import { rename, rmdir, stat } from 'node:fs/promises';

/** The name under which a restore keeps what was there before it. */
export function nameBefore(at: Date): string {
  return `before_${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}`;
}

/** Renames what is at a path and gives its new name; null when nothing is, or a folder with nothing in it, which goes. */
export async function setAside(path: string, before: string): Promise<string | null> {
  await rmdir(path).catch(() => undefined);
  if ((await stat(path).catch(() => null)) === null) return null;
  await rename(path, `${path}.${before}`);
  return `${path}.${before}`;
}

/** Puts a folder that is whole in its place; what was there is set aside. */
export async function putInPlace(loaded: string, path: string, before: string): Promise<string | null> {
  if ((await stat(loaded).catch(() => null)) === null) return null;
  const aside = await setAside(path, before);
  await rename(loaded, path);
  return aside;
}
