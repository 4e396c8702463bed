import { randomBytes } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';
import type { Sealed, SealedFor, Sealer } from '../../ports/secrets.js';
import { decrypt, encrypt, KEY_BYTES } from './envelope.js';
import { WatchedKeyring } from './keyring-file.js';

/**
 * Envelopes: a random data key for each value, wrapped by the master key that is current. Both layers are bound to what the value
 * belongs to, so that a ciphertext that is moved to another row does not open. `keyringFile` null: the installation has no keyring.
 */
export function createSealer(keyringFile: string | null): Sealer {
  const watched = keyringFile === null ? null : new WatchedKeyring(keyringFile);

  const current = async (): Promise<{ keyId: string; key: Buffer }> => {
    if (watched === null) throw new KilnError('keyring_missing');
    const { current: keyId, keys } = await watched.now();
    return { keyId, key: keys.get(keyId)! };
  };
  const wrap = async (dataKey: Buffer, belongsTo: SealedFor): Promise<Omit<Sealed, 'ciphertext'>> => {
    const { keyId, key } = await current();
    return { keyId, wrappedKey: encrypt(key, dataKey, aad('key', belongsTo, keyId)) };
  };
  const unwrap = async ({ keyId, wrappedKey }: Sealed, belongsTo: SealedFor): Promise<Buffer> => {
    if (watched === null) throw new KilnError('keyring_missing');
    const key = await watched.key(keyId);
    if (key === null) throw unreadable(belongsTo, `the keyring has no key ${keyId}`);
    const dataKey = decrypt(key, wrappedKey, aad('key', belongsTo, keyId));
    if (dataKey === null) throw unreadable(belongsTo, `its data key does not open with the key ${keyId}`);
    return dataKey;
  };

  return {
    async seal(value, belongsTo) {
      const dataKey = randomBytes(KEY_BYTES);
      const ciphertext = encrypt(dataKey, value, aad('value', belongsTo));
      return { ...(await wrap(dataKey, belongsTo)), ciphertext };
    },
    async open(sealed, belongsTo) {
      const dataKey = await unwrap(sealed, belongsTo);
      const value = decrypt(dataKey, sealed.ciphertext, aad('value', belongsTo));
      if (value === null) throw unreadable(belongsTo, 'its ciphertext was changed');
      return value;
    },
    async rewrap(sealed, belongsTo) {
      const dataKey = await unwrap(sealed, belongsTo);
      return { ...(await wrap(dataKey, belongsTo)), ciphertext: sealed.ciphertext };
    },
    currentKeyId: async () => (await current()).keyId,
  };
}

/** JSON keeps neighbouring parts apart. */
function aad(layer: 'key' | 'value', belongsTo: SealedFor, keyId: string | null = null): Buffer {
  return Buffer.from(JSON.stringify(['kiln.sealed.1', layer, keyId, ...belongsTo]));
}

function unreadable(belongsTo: SealedFor, detail: string): KilnError {
  return new KilnError('secret_unreadable', { detail: `${JSON.stringify(belongsTo)}: ${detail}` });
}
