import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Cryptography } from '../../domain/provenance/read-statement.js';

/** What judging attestations needs of Node. */
export const cryptography: Cryptography = {
  verify(publicKey, message, signature) {
    try {
      const key = createPublicKey(publicKey);
      const isOurs = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
      return isOurs && verify('sha256', message, key, signature);
    } catch {
      return false;
    }
  },
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
};
