/** A statement with signatures of it, as DSSE has it (https://github.com/secure-systems-lab/dsse). */
export interface Envelope {
  readonly payloadType: string;
  /** base64 */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** The most that is read of an envelope. A bill of materials of a large image has some 20 MB. */
export const MAX_ENVELOPE_BYTES = 64 * 1024 * 1024;

const utf8 = new TextEncoder();

/** What is signed: type and bytes of the payload with their lengths, so that neither can pass for the other. */
export function signedBytes(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8.encode(payloadType);
  const head = utf8.encode(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

/** The one way in which Kiln writes envelopes and statements. */
export function printJson(value: unknown): string {
  return JSON.stringify(value);
}

/**
 * A value that was written by `printJson`; null for everything else. So a text has one meaning: with two members of one name, spaces or
 * what comes after its end, readers may take the same text for different things.
 */
export function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? value : null;
  } catch {
    return null;
  }
}

/** The bytes of a base64 text; null for one that is not the only spelling of them. */
export function readBase64(text: string): Uint8Array | null {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    return writeBase64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

export function writeBase64(bytes: Uint8Array): string {
  const piece = 8_192;
  let binary = '';
  for (let at = 0; at < bytes.length; at += piece)
    binary += String.fromCharCode(...bytes.subarray(at, at + piece));
  return btoa(binary);
}

/** Reads an envelope; a text says why it is none. */
export function readEnvelope(text: string): Envelope | string {
  const value = readJson(text);
  if (value === null) return 'it is not JSON as Kiln writes it: cut off, spaced, or with a name twice';
  if (!isRecord(value)) return 'it is no envelope';
  const { payloadType, payload, signatures, ...rest } = value;
  if (typeof payloadType !== 'string' || typeof payload !== 'string' || !Array.isArray(signatures))
    return 'it is no envelope: payloadType, payload and signatures are due';
  if (Object.keys(rest).length > 0) return `it has the unknown member ${Object.keys(rest)[0]}`;
  const read: { keyid: string; sig: string }[] = [];
  for (const one of signatures as unknown[]) {
    if (!isRecord(one) || typeof one['keyid'] !== 'string' || typeof one['sig'] !== 'string')
      return 'one of its signatures has no keyid or no sig';
    read.push({ keyid: one['keyid'], sig: one['sig'] });
  }
  return { payloadType, payload, signatures: read };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
