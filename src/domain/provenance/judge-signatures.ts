import { readBase64 } from './envelope.js';
import { digestInPayload } from './image-signature.js';
import type { Cryptography, KnownKey } from './read-statement.js';

/** A signature of an image itself, as it lies beside it. */
export interface FoundSignature {
  readonly payload: Uint8Array;
  readonly signature: string;
}

/** Whether a known key has signed that an image is this digest; null where nobody has signed anything. */
export function isSignedImage(
  digest: string,
  signatures: readonly FoundSignature[],
  keys: readonly KnownKey[],
  { verify }: Pick<Cryptography, 'verify'>,
): boolean | null {
  if (signatures.length === 0) return null;
  return signatures.some(({ payload, signature }) => {
    const bytes = readBase64(signature);
    return (
      bytes !== null &&
      digestInPayload(new TextDecoder().decode(payload)) === digest &&
      keys.some(({ publicKey }) => verify(publicKey, payload, bytes))
    );
  });
}
