import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readKeyringFile, writeKeyringFile } from '../../adapters/keyring/keyring-file.js';
import { withKeysOf } from '../../adapters/keyring/keyring.js';

/**
 * Puts a keyring into its place. Keys that are there already stay beside its own, so that it opens what is set aside as well, and a
 * restore that is cut off afterwards has harmed nothing.
 */
export async function placeKeyring(from: string, to: string): Promise<void> {
  const given = await readKeyringFile(from);
  const isThere = (await stat(to).catch(() => null)) !== null;
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await writeKeyringFile(to, isThere ? withKeysOf(given, await readKeyringFile(to)) : given);
}
