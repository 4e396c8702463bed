import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { openTransport } from '../../../src/adapters/registry/transport.js';
import { scripted, type ScriptedRegistry } from './scripted-registry.js';

let registry: ScriptedRegistry | null = null;
afterEach(async () => {
  await registry?.close();
  registry = null;
});

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const [CONFIG, LAYER] = [Buffer.from('{"os":"linux"}'), Buffer.from('a layer')];
const TYPE = 'application/vnd.oci.image.manifest.v1+json';
const MANIFEST = Buffer.from(
  JSON.stringify({
    ...{ schemaVersion: 2, mediaType: TYPE },
    config: { mediaType: 'c', digest: digestOf(CONFIG), size: CONFIG.length },
    layers: [{ mediaType: 'l', digest: digestOf(LAYER), size: LAYER.length }],
  }),
);

async function troubleOf(over: Record<string, Buffer | null>): Promise<string | null> {
  const served: Record<string, Buffer | null> = {
    ...Object.fromEntries([MANIFEST, CONFIG, LAYER].map((bytes) => [digestOf(bytes), bytes])),
    ...over,
  };
  registry = await scripted((request, response) => {
    const bytes = served[request.url?.split('/').at(-1) ?? ''] ?? null;
    if (bytes === null) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPE, 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  const { host } = registry;
  return createImageRegistry({ transport: openTransport({ insecureHosts: [host] }) }).findTrouble(
    `${host}/team/app`,
    digestOf(MANIFEST),
  );
}

test('an image that is there whole has no trouble, and its layers are not read', async () => {
  expect(await troubleOf({})).toBeNull();
  expect(registry?.requests.filter((one) => one.includes('/blobs/') && !one.startsWith('HEAD '))).toEqual([]);
});

test.each([
  ['a manifest with other bytes', { [digestOf(MANIFEST)]: Buffer.from(`${MANIFEST.toString()} `) }, 'is due'],
  ['a manifest that is gone', { [digestOf(MANIFEST)]: null }, ''],
  ['a config that is gone', { [digestOf(CONFIG)]: null }, `does not hold ${digestOf(CONFIG)}`],
  ['a layer that is gone', { [digestOf(LAYER)]: null }, `does not hold ${digestOf(LAYER)}`],
  ['a layer that was cut off', { [digestOf(LAYER)]: Buffer.from('a') }, 'holds 1 bytes'],
])('%s is told in words', async (_name, over, words) => {
  expect(await troubleOf(over)).toContain(words);
});
