import { isRecord } from './envelope.js';

const TYPE = 'cosign container image signature';

/** What is signed of an image itself, as `cosign sign` has it. */
export function imageSignaturePayload(repository: string, digest: string): string {
  return JSON.stringify({
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': digest },
      type: TYPE,
    },
    optional: null,
  });
}

/** The digest that a payload speaks of; null where it is none of an image. */
export function digestInPayload(text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const critical = isRecord(value) && isRecord(value['critical']) ? value['critical'] : {};
  const image = isRecord(critical['image']) ? critical['image'] : {};
  const digest = image['docker-manifest-digest'];
  return critical['type'] === TYPE && typeof digest === 'string' ? digest : null;
}
