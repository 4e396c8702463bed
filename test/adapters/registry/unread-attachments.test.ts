import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAttestationRegistry } from '../../../src/adapters/registry/attestation-registry.js';
import { failing, judge } from '../../domain/provenance/a-judged-image.js';
import { scripted } from './scripted-registry.js';

const IMAGE = `sha256:${'1'.repeat(64)}`;
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const ENVELOPE_TYPE = 'application/vnd.dsse.envelope.v1+json';
const SIGNATURE_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const GOOD = '{"good":1}';
const HUGE = 65 * 1024 * 1024;

/** A registry with these envelopes (their texts, and the sizes that their descriptors tell) and payloads beside the image. */
async function besides(envelopes: readonly (readonly [string, number])[], payloads: readonly string[] = []) {
  const texts = new Map(
    [...envelopes.map(([text]) => text), ...payloads].map((text) => [digestOf(text), text]),
  );
  const layers = (mediaType: string, all: readonly (readonly [string, number])[]) =>
    JSON.stringify({ layers: all.map(([text, size]) => ({ mediaType, digest: digestOf(text), size })) });
  const registry = await scripted((request, response) => {
    const path = request.url ?? '';
    const text = texts.get(path.split('/').at(-1) ?? '');
    response.setHeader('content-type', MANIFEST_TYPE);
    if (path.endsWith('.att')) response.end(layers(ENVELOPE_TYPE, envelopes));
    else if (path.endsWith('.sig'))
      response.end(
        layers(
          SIGNATURE_TYPE,
          payloads.map((one) => [one, one.length]),
        ),
      );
    else if (path.includes('/blobs/') && text !== undefined) response.end(text);
    else response.writeHead(404).end();
  });
  try {
    const read = createAttestationRegistry().read({ repository: `${registry.host}/app`, digest: IMAGE });
    return { read: await read, requests: registry.requests };
  } finally {
    await registry.close();
  }
}

test('an envelope that is larger than is read is told and not fetched, and the others are read', async () => {
  const { read, requests } = await besides([
    ['huge', HUGE],
    [GOOD, GOOD.length],
  ]);
  expect(read).toEqual({ envelopes: [GOOD], isForCosign: true, signatures: [], unread: 1 });
  expect(requests.filter((one) => one.endsWith(digestOf('huge')))).toEqual([]);
});

test('of many large ones so many are read as fit into the memory that they get together', async () => {
  const sizes = [1, 2, 3, 4, 5].map((number) => [`large ${number}`, 60 * 1024 * 1024] as const);
  const { read } = await besides(sizes);
  expect(read).toMatchObject({ unread: 1, envelopes: { length: 4 } });
});

test('the payload of a signature is small, or is none', async () => {
  const { read } = await besides([], ['p', 'x'.repeat(64 * 1024 + 1)]);
  expect(read).toMatchObject({ signatures: [{ payload: Buffer.from('p') }], unread: 1 });
});

test('what was not read counts for nothing and is told', () => {
  const checks = judge({ unread: 2 });
  expect(failing(checks)).toEqual([]);
  expect(checks.at(-1)).toMatchObject({
    name: 'unread',
    state: 'absent',
    text: expect.stringMatching(/^2 .*64 MiB/),
  });
  expect(failing(judge({ unread: 1, attestations: [] }))).toContainEqual(
    expect.stringMatching(/^signature: no provenance .*may be among the 1 that are not read/),
  );
});

test('a list of referrers that has several pages is read whole', async () => {
  const manifests = (digest: string) =>
    JSON.stringify({ manifests: [{ mediaType: MANIFEST_TYPE, digest, size: 1 }] });
  const registry = await scripted((request, response) => {
    const path = request.url ?? '';
    response.setHeader('content-type', MANIFEST_TYPE);
    if (path.endsWith('?page=2')) response.end(manifests(digestOf('second')));
    else if (path.includes('/referrers/')) {
      response.setHeader('link', `<${path}?page=2>; rel="next"`);
      response.end(manifests(digestOf('first')));
    } else response.writeHead(404).end();
  });
  try {
    await createAttestationRegistry().read({ repository: `${registry.host}/app`, digest: IMAGE });
    const asked = registry.requests.filter((one) => one.includes('/manifests/sha256:'));
    expect(asked.map((one) => one.split('/').at(-1))).toEqual([digestOf('first'), digestOf('second')]);
  } finally {
    await registry.close();
  }
});
