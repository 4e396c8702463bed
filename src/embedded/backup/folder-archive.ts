import { createReadStream, createWriteStream } from 'node:fs';
import { chown, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Pack } from 'tar-stream';
import { awaitedLater } from '../../domain/awaited-later.js';
import { KilnError } from '../../domain/errors.js';
import type { OnBytes } from './write-part.js';

/**
 * The names of all files below a folder, in order, relative to it. Folders are read when their turn comes; one below it that is not
 * there, or went away, has no files.
 */
export async function* filesBelow(
  folder: string,
  isWanted: (name: string) => boolean,
  below = '',
): AsyncGenerator<string> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && below !== '') return [];
      throw error;
    },
  );
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (!isWanted(entry.name)) continue;
    if (entry.isDirectory()) yield* filesBelow(folder, isWanted, name);
    else if (entry.isFile()) yield name;
  }
}

/** The named files of a folder as a tar. A file that went away in the meantime is left out. */
export function packFiles(folder: string, names: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const archive = pack();
  fill(archive, folder, names).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error as Error),
  );
  return archive as unknown as AsyncIterable<Uint8Array>;
}

async function fill(archive: Pack, folder: string, names: AsyncIterable<string>): Promise<void> {
  for await (const name of names) {
    const handle = await open(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (handle === null) continue;
    try {
      const { size, mtime } = await handle.stat();
      const entry = archive.entry({ name, size, mtime, mode: 0o600 });
      const bytes =
        size === 0
          ? Readable.from([])
          : handle.createReadStream({ start: 0, end: size - 1, autoClose: false });
      await pipeline(bytes, entry);
    } finally {
      await handle.close();
    }
  }
}

/** Unpacks what `packFiles` made into a folder of its own. backup_invalid for a name that leads out of it. */
export async function unpackFiles(file: string, folder: string, onBytes: OnBytes): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const source = createReadStream(file);
  const archive = extract();
  let doneBytes = 0;
  source.on('data', (piece) => onBytes((doneBytes += piece.length)));
  const fed = awaitedLater(pipeline(source, archive));
  const made = new Set<string>();
  try {
    for await (const entry of archive) {
      const { name, type } = entry.header;
      if (type !== 'file' || !staysInside(name)) {
        throw new KilnError('backup_invalid', {
          message: `${file} holds ${JSON.stringify(name)}, which is no file of a backup.`,
        });
      }
      const target = join(folder, name);
      if (!made.has(dirname(target))) await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      made.add(dirname(target));
      await pipeline(entry, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
    }
  } catch (error) {
    // It says no more than that its other end was closed.
    await fed.catch(() => undefined);
    throw error;
  }
  await fed;
}

/**
 * Moves every file below one folder to the same name below another, over what is there, and removes the first. What root moves belongs
 * to whoever the other folder belongs to.
 */
export async function moveFiles(from: string, to: string): Promise<void> {
  const owner = await stat(to);
  const give = async (path: string): Promise<void> => {
    if (process.getuid?.() === 0) await chown(path, owner.uid, owner.gid);
  };
  const there = new Set(['.']);
  const makeFolder = async (name: string): Promise<void> => {
    if (there.has(name)) return;
    await makeFolder(dirname(name));
    if (await makeNew(join(to, name))) await give(join(to, name));
    there.add(name);
  };
  for await (const name of filesBelow(from, () => true)) {
    await makeFolder(dirname(name));
    await give(join(from, name));
    await rename(join(from, name), join(to, name));
  }
  await rm(from, { recursive: true, force: true });
}

async function makeNew(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function staysInside(name: string): boolean {
  return name.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
