import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { type Attestation, envelopeOf } from '../../../src/domain/provenance/attestation.js';
import { PAYLOAD_TYPE, signedBytes } from '../../../src/domain/provenance/envelope.js';

/** A key as Kiln signs by. */
export function aKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const id = createHash('sha256').update(der).digest('hex');
  return { id, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(), privateKey };
}

export type TestKey = ReturnType<typeof aKey>;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The envelope of a statement, signed by a key. */
export function signedBy(
  key: TestKey,
  statement: unknown,
  over: { payloadType?: string; keyId?: string } = {},
): string {
  const text = typeof statement === 'string' ? statement : JSON.stringify(statement);
  const message = signedBytes(over.payloadType ?? PAYLOAD_TYPE, Buffer.from(text));
  const attestation: Attestation = {
    kind: 'provenance',
    keyId: over.keyId ?? key.id,
    statement: text,
    statementSha256: sha256(text),
    signature: sign('sha256', message, key.privateKey).toString('base64'),
  };
  const envelope = JSON.parse(envelopeOf(attestation)) as object;
  return JSON.stringify({
    ...envelope,
    ...(over.payloadType !== undefined && { payloadType: over.payloadType }),
  });
}
