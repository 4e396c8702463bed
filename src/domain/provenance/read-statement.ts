import {
  type Envelope,
  isRecord,
  PAYLOAD_TYPE,
  readBase64,
  readEnvelope,
  readJson,
  signedBytes,
} from './envelope.js';
import { STATEMENT_TYPE, type Statement } from './statement.js';

/** A public key that Kiln signs by, or has signed by. */
export interface KnownKey {
  readonly id: string;
  /** In PEM. */
  readonly publicKey: string;
}

/** What judging needs beyond rules; `verify` never throws. */
export interface Cryptography {
  verify(publicKey: string, message: Uint8Array, signature: Uint8Array): boolean;
  /** In hexadecimal. */
  sha256(bytes: Uint8Array): string;
}

/** What an attestation says and who vouches for it, or why it does not count. */
export interface ReadAttestation {
  readonly statement: Statement | null;
  /** SHA-256 of the statement's bytes. */
  readonly statementSha256: string | null;
  readonly key: KnownKey | null;
  /** Why it does not count; null where somebody known has signed a statement. */
  readonly trouble: string | null;
}

const NOTHING: ReadAttestation = { statement: null, statementSha256: null, key: null, trouble: null };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads an attestation and checks its signature. Nothing of a statement is believed whose signature is none of a known key; it is given
 * back all the same, so that the trouble can be told.
 */
export function readAttestation(
  text: string,
  keys: readonly KnownKey[],
  cryptography: Cryptography,
): ReadAttestation {
  const envelope = readEnvelope(text);
  if (typeof envelope === 'string')
    return { ...NOTHING, trouble: `the envelope cannot be read: ${envelope}` };
  const payload = readBase64(envelope.payload);
  if (payload === null) return { ...NOTHING, trouble: 'the payload of the envelope is no base64' };
  const statement = readStatement(payload);
  const read: ReadAttestation = {
    ...NOTHING,
    statement: typeof statement === 'string' ? null : statement,
    statementSha256: cryptography.sha256(payload),
  };
  if (envelope.payloadType !== PAYLOAD_TYPE)
    return { ...read, trouble: `the payload type is ${envelope.payloadType}, not ${PAYLOAD_TYPE}` };
  const signer = findSigner(envelope, payload, keys, cryptography);
  if (typeof signer === 'string') return { ...read, trouble: signer };
  if (typeof statement === 'string') return { ...read, key: signer, trouble: statement };
  return { ...read, key: signer };
}

function findSigner(
  { payloadType, signatures }: Envelope,
  payload: Uint8Array,
  keys: readonly KnownKey[],
  cryptography: Cryptography,
): KnownKey | string {
  if (signatures.length === 0) return 'nobody has signed it: the list of signatures is empty';
  const message = signedBytes(payloadType, payload);
  for (const { keyid, sig } of signatures) {
    const key = keys.find(({ id }) => id === keyid);
    const signature = readBase64(sig);
    if (key !== undefined && signature !== null && cryptography.verify(key.publicKey, message, signature))
      return key;
  }
  const isKnown = signatures.some(({ keyid }) => keys.some(({ id }) => id === keyid));
  return isKnown
    ? 'the signature does not fit: the statement was changed after it was signed, or was signed by another key'
    : `the key ${(signatures[0]?.keyid ?? '').slice(0, 64) || 'without a name'} is none of this Kiln`;
}

function readStatement(payload: Uint8Array): Statement | string {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return 'the statement is no text';
  }
  const value = readJson(text);
  if (value === null) return 'the statement is not JSON as Kiln writes it';
  if (!isRecord(value) || value['_type'] !== STATEMENT_TYPE)
    return `the statement is not of ${STATEMENT_TYPE}`;
  const { subject, predicateType, predicate } = value;
  if (typeof predicateType !== 'string' || !isRecord(predicate)) return 'the statement has no predicate';
  if (!Array.isArray(subject) || subject.length === 0 || !subject.every(isSubject))
    return 'the statement has no subject';
  return { _type: STATEMENT_TYPE, subject, predicateType, predicate };
}

function isSubject(value: unknown): value is Statement['subject'][number] {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    isRecord(value['digest']) &&
    typeof value['digest']['sha256'] === 'string'
  );
}
