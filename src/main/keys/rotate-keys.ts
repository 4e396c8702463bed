import { setTimeout as sleep } from 'node:timers/promises';
import { withCurrentKeyOnly, withNewKey } from '../../adapters/keyring/keyring.js';
import { readKeyringFile, writeKeyringFile } from '../../adapters/keyring/keyring-file.js';
import { KilnError } from '../../domain/errors.js';
import type { Sealer } from '../../ports/secrets.js';
import type { Database } from '../../storage/database.js';
import { processesBehind } from '../../storage/secrets/keyring-presence.js';
import { rewrapValues, withKeysLocked } from '../../storage/secrets/rewrap-values.js';
import { withKeys } from './open-keys.js';

/** Processes on the same file say within two seconds that they have read it. */
const LOAD_WAIT_MS = 8_000;
const LOOK_MS = 200;

export interface Rotation {
  readonly current: string;
  readonly rewrapped: number;
  /** Values whose key is not in the keyring. */
  readonly unreadable: number;
  readonly retired: readonly string[];
}

export interface RotationOptions {
  /** Whether the file loses the keys that no value needs. */
  readonly retire: boolean;
  /** Goes on with the current key instead of making a new one. */
  readonly continued: boolean;
  /** How long processes may take to read the keyring. */
  readonly loadWaitMs?: number;
}

/** `kiln keys rotate`. Reads and writes go on meanwhile; ended midway it is finished by the next one. */
export function rotateKeys(
  stateFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
  options: RotationOptions,
): Promise<Rotation> {
  return withKeys(stateFolder, environment, (file, sealer, db) => rotate(file, sealer, db, options));
}

/**
 * The lock under which the key is added makes sure that values sealed by the key before it are committed, so one pass finds all.
 * keyring_behind, with every value still under its old key, while a process seals by another key: it could not read what is under the
 * new one, and what it stores under an old one would be lost with that key.
 */
export async function rotate(
  file: string,
  sealer: Sealer,
  db: Database,
  { retire, continued, loadWaitMs = LOAD_WAIT_MS }: RotationOptions,
): Promise<Rotation> {
  if (!continued) {
    await withKeysLocked(db, async () =>
      writeKeyringFile(file, withNewKey(await readKeyringFile(file), new Date())),
    );
  }
  const current = await sealer.currentKeyId();
  await untilLoaded(db, current, loadWaitMs);
  const { rewrapped, unreadable } = await rewrapValues(db, sealer);
  const retired = retire && unreadable === 0 ? await retireKeys(file, db) : [];
  return { current, rewrapped, unreadable, retired };
}

async function untilLoaded(db: Database, keyId: string, waitMs: number): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const behind = await processesBehind(db, keyId);
    if (behind.length === 0) return;
    if (Date.now() >= deadline) throw keyringBehind(keyId, behind);
    await sleep(LOOK_MS);
  }
}

/** Removes all keys but the current one, if no value needs them and no process seals by them. */
async function retireKeys(file: string, db: Database): Promise<string[]> {
  return withKeysLocked(db, async (valuesByKey) => {
    const keyring = await readKeyringFile(file);
    const isNeeded = [...valuesByKey.keys()].some((id) => id !== keyring.current);
    if (isNeeded) return [];
    const behind = await processesBehind(db, keyring.current);
    if (behind.length > 0) throw keyringBehind(keyring.current, behind);
    await writeKeyringFile(file, withCurrentKeyOnly(keyring));
    return [...keyring.keys.keys()].filter((id) => id !== keyring.current);
  });
}

function keyringBehind(keyId: string, behind: readonly string[]): KilnError {
  return new KilnError('keyring_behind', {
    message: `${behind.join(', ')} ${behind.length === 1 ? 'has' : 'have'} not loaded the key ${keyId} yet. No key was removed.`,
  });
}
