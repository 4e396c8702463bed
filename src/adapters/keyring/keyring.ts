import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { KEY_BYTES } from './envelope.js';

/** The master keys by id, and which of them seals new values. */
export interface Keyring {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

const KeyringFile = z.strictObject({
  current: z.string(),
  keys: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/), z.base64()),
});

/** Reads the text of a keyring file; config_invalid says what is wrong with it and never a key. */
export function parseKeyring(text: string): Keyring {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
  const { data } = KeyringFile.safeParse(content);
  if (data === undefined) throw invalid('expected {"current": ID, "keys": {ID: base64 of 32 bytes}}');
  const keys = new Map(Object.entries(data.keys).map(([id, key]) => [id, Buffer.from(key, 'base64')]));
  for (const [id, key] of keys) {
    if (key.length !== KEY_BYTES) throw invalid(`the key ${id} has ${key.length} bytes, not ${KEY_BYTES}`);
  }
  if (!keys.has(data.current)) throw invalid(`its current key ${data.current} is not among its keys`);
  return { current: data.current, keys };
}

/** The text of a keyring file; `parseKeyring` gives the keyring back. */
export function printKeyring({ current, keys }: Keyring): string {
  const printed = Object.fromEntries([...keys].map(([id, key]) => [id, key.toString('base64')]));
  return `${JSON.stringify({ current, keys: printed }, null, 2)}\n`;
}

/** The keyring with a new random key as the current one. A keyring that is null is begun. */
export function withNewKey(keyring: Keyring | null, at: Date): Keyring {
  const id = `${at.toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`;
  return { current: id, keys: new Map([...(keyring?.keys ?? []), [id, randomBytes(KEY_BYTES)]]) };
}

/** The keyring with the keys of another one besides its own: what either opens, it opens. */
export function withKeysOf({ current, keys }: Keyring, other: Keyring): Keyring {
  return { current, keys: new Map([...other.keys, ...keys]) };
}

/** The keyring with the current key alone. */
export function withCurrentKeyOnly({ current, keys }: Keyring): Keyring {
  return { current, keys: new Map([...keys].filter(([id]) => id === current)) };
}

function invalid(why: string): KilnError {
  return new KilnError('config_invalid', { message: `The keyring cannot be used: ${why}.` });
}
