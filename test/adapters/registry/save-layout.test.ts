import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSaveLayout } from '../../../src/adapters/registry/save-layout.js';
import { openTransport } from '../../../src/adapters/registry/transport.js';
import { scripted, type ScriptedRegistry } from './scripted-registry.js';

let folder: string;
let registry: ScriptedRegistry | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-layout-'));
});
afterEach(async () => {
  await registry?.close();
  registry = null;
  rmSync(folder, { recursive: true, force: true });
});

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const CONFIG = Buffer.from(
  JSON.stringify({
    ...{ os: 'linux', architecture: 'amd64', config: { Env: ['A=b'] } },
    history: [{ created_by: 'ARG B=c', empty_layer: true }, {}, { created_by: 'RUN make' }],
  }),
);
const LAYER = Buffer.from('a layer');
const TYPE = 'application/vnd.oci.image.manifest.v1+json';

const manifestOf = (layerSize = LAYER.length): Buffer =>
  Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: TYPE },
      config: { mediaType: 'c', digest: digestOf(CONFIG), size: CONFIG.length },
      layers: [{ mediaType: 'l', digest: digestOf(LAYER), size: layerSize }],
    }),
  );

/** Saves an image that a registry serves to who knows the password. */
async function save(manifest: Buffer, options: { layer?: Buffer; maxBytes?: number } = {}) {
  const served = new Map([
    [digestOf(manifest), manifest],
    [digestOf(CONFIG), CONFIG],
    [digestOf(LAYER), options.layer ?? LAYER],
  ]);
  registry = await scripted((request, response) => {
    if (request.headers.authorization !== `Basic ${Buffer.from('me:secret').toString('base64')}`)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    response.setHeader('content-type', TYPE);
    response.end(served.get(request.url?.split('/').at(-1) ?? ''));
  });
  const { host } = registry;
  const image = { repository: `${host}/team/app`, digest: digestOf(manifest) };
  const told = await createSaveLayout({
    transport: openTransport({ insecureHosts: [host] }),
    credentials: () => Promise.resolve({ username: 'me', password: 'secret' }),
  })(image, join(folder, 'image'), {
    maxBytes: options.maxBytes ?? 1_000,
    signal: new AbortController().signal,
  });
  return { digest: image.digest, told };
}

test('an image is written as an OCI layout, with the credential of its registry, and nothing of that in it', async () => {
  const { digest, told } = await save(manifestOf());
  expect(told).toEqual({ envVars: ['A=b'], history: ['ARG B=c', 'RUN make'] });
  const blobs = join(folder, 'image', 'blobs', 'sha256');
  expect(readdirSync(blobs).sort()).toEqual(
    [digest, digestOf(CONFIG), digestOf(LAYER)].map((one) => one.slice('sha256:'.length)).sort(),
  );
  expect(JSON.parse(readFileSync(join(folder, 'image', 'index.json'), 'utf8'))).toMatchObject({
    manifests: [{ mediaType: TYPE, digest }],
  });
});

test('an image that is too large is refused before a byte of it is fetched', async () => {
  await expect(save(manifestOf(5_000 - CONFIG.length))).rejects.toMatchObject({
    code: 'payload_too_large',
    message: 'The image has 5.0 kB, more than 1.0 kB.',
  });
  expect(registry?.requests.filter((one) => one.includes('/blobs/'))).toEqual([]);
});

test.each([
  ['other bytes', Buffer.from('b layer'), /where sha256:.* is due/],
  ['more than the manifest says', Buffer.alloc(100_000), /sends more than the manifest says/],
])('a registry that sends %s is at fault', async (_name, layer, message) => {
  await expect(save(manifestOf(), { layer })).rejects.toMatchObject({
    code: 'image_mismatch',
    message: expect.stringMatching(message),
  });
});
