import { PAYLOAD_TYPE, printJson, writeBase64, type Envelope } from './envelope.js';

/** `signature` is one of the image itself; the others are statements. */
export type AttestationKind = 'provenance' | 'cyclonedx' | 'spdx' | 'signature';

/** How far the provenance of a build is. `unsigned`: there is no key; `failed`: a registry did not take it. */
export const ATTESTATION_STATES = ['pending', 'attached', 'unsigned', 'failed'] as const;
export type AttestationState = (typeof ATTESTATION_STATES)[number];

/** Something that was signed. `statement` is the text, `signature` base64. */
export interface Attestation {
  readonly kind: AttestationKind;
  readonly keyId: string;
  readonly statement: string;
  readonly statementSha256: string;
  readonly signature: string;
}

const utf8 = new TextEncoder();

/** The text of the envelope of a signed statement: always the same one. */
export function envelopeOf({ statement, keyId, signature }: Attestation): string {
  const envelope: Envelope = {
    payloadType: PAYLOAD_TYPE,
    payload: writeBase64(utf8.encode(statement)),
    signatures: [{ keyid: keyId, sig: signature }],
  };
  return printJson(envelope);
}
