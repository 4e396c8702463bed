import { withCurrentKeyOnly, withNewKey } from '../../adapters/keyring/keyring.js';
import { readKeyringFile, writeKeyringFile } from '../../adapters/keyring/keyring-file.js';
import type { Sealer } from '../../ports/secrets.js';
import type { Database } from '../../storage/database.js';
import { rewrapValues, withKeysLocked } from '../../storage/secrets/rewrap-values.js';
import { withKeys } from './open-keys.js';

export interface Rotation {
  readonly current: string;
  readonly rewrapped: number;
  /** Values whose key is not in the keyring. */
  readonly unreadable: number;
  readonly retired: readonly string[];
}

/** `kiln keys rotate`. Reads and writes go on meanwhile; ended midway it is finished by the next one. */
export function rotateKeys(
  stateFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
  retire: boolean,
): Promise<Rotation> {
  return withKeys(stateFolder, environment, (file, sealer, db) => rotate(file, sealer, db, retire));
}

/**
 * The lock under which the key is added makes sure that values sealed by the key before it are committed, so one pass finds all.
 * With `retire` the file loses the keys that no value needs.
 */
export async function rotate(file: string, sealer: Sealer, db: Database, retire: boolean): Promise<Rotation> {
  await withKeysLocked(db, async () =>
    writeKeyringFile(file, withNewKey(await readKeyringFile(file), new Date())),
  );
  const { rewrapped, unreadable } = await rewrapValues(db, sealer);
  const retired = retire && unreadable === 0 ? await retireKeys(file, db) : [];
  return { current: await sealer.currentKeyId(), rewrapped, unreadable, retired };
}

/** Removes all keys but the current one, if no value needs them. */
async function retireKeys(file: string, db: Database): Promise<string[]> {
  return withKeysLocked(db, async (valuesByKey) => {
    const keyring = await readKeyringFile(file);
    const isNeeded = [...valuesByKey.keys()].some((id) => id !== keyring.current);
    if (isNeeded) return [];
    await writeKeyringFile(file, withCurrentKeyOnly(keyring));
    return [...keyring.keys.keys()].filter((id) => id !== keyring.current);
  });
}
