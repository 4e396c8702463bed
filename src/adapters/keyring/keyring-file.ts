import { chmod, chown, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { type Keyring, parseKeyring, printKeyring, withNewKey } from './keyring.js';

/** Reads the file. config_invalid when it is missing, broken, or open to other users of the machine. */
export async function readKeyringFile(file: string): Promise<Keyring> {
  const { mode } = await stat(file).catch((cause: unknown) => {
    throw new KilnError('config_invalid', {
      message: `The keyring ${file} cannot be read (${(cause as { code?: string }).code ?? 'unknown'}).`,
      cause,
    });
  });
  if ((mode & 0o027) !== 0) {
    throw new KilnError('config_invalid', {
      message: `The keyring ${file} is open to other users (mode ${(mode & 0o777).toString(8)}): chmod 600 it.`,
    });
  }
  return parseKeyring(await readFile(file, 'utf8'));
}

/** Replaces the file at once and durably. It stays with its owner, and is for its owner alone when it is new. */
export async function writeKeyringFile(file: string, keyring: Keyring): Promise<void> {
  const before = await stat(file).catch(() => null);
  const partial = `${file}.${process.pid}.new`;
  const handle = await open(partial, 'w', 0o600);
  try {
    await handle.writeFile(printKeyring(keyring));
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (before !== null) {
    await chmod(partial, before.mode & 0o777);
    if (process.getuid?.() === 0) await chown(partial, before.uid, before.gid);
  }
  await rename(partial, file);
  const folder = await open(dirname(file));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a keyring with one key where there is none. */
export async function ensureKeyringFile(file: string): Promise<void> {
  if ((await stat(file).catch(() => null)) !== null) return;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeKeyringFile(file, withNewKey(null, new Date()));
}

/** The keyring of a file that may be replaced at any time: read again when the file changed, or lacks a key that is asked for. */
export class WatchedKeyring {
  #loaded: { readonly stamp: string; readonly keyring: Keyring } | null = null;

  constructor(private readonly file: string) {}

  /** The keyring as the file holds it now. */
  async now(): Promise<Keyring> {
    const stamp = await stampOf(this.file);
    if (this.#loaded === null || this.#loaded.stamp !== stamp) {
      this.#loaded = { stamp, keyring: await readKeyringFile(this.file) };
    }
    return this.#loaded.keyring;
  }

  /** A key by its id; null when the file, read again, does not hold it. */
  async key(id: string): Promise<Buffer | null> {
    return this.#loaded?.keyring.keys.get(id) ?? (await this.now()).keys.get(id) ?? null;
  }
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => null);
  return found === null ? '' : `${found.ino}/${found.size}/${found.mtimeNs}/${found.ctimeNs}`;
}
