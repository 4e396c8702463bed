import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { scripted, type ScriptedRegistry } from './scripted-registry.js';

let server: ScriptedRegistry | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

const blobs = new Map<string, string>();
function keep(value: object): string {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  blobs.set(digest, text);
  return digest;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

function anImage(variable: string): string {
  const history = [{ created_by: `ARG A=${variable}`, empty_layer: true }, { created_by: 'RUN x' }, {}];
  const config = keep({ config: { Env: [`X=${variable}`] }, history });
  return keep({ mediaType: MANIFEST, config: { digest: config, size: 1 }, layers: [] });
}

function anIndex(platforms: Record<string, string>): string {
  const manifests = Object.entries(platforms).map(([platform, digest]) => {
    const [os, architecture, variant] = platform.split('/');
    return { digest, size: 1, platform: { os, architecture, variant } };
  });
  return keep({ mediaType: INDEX, manifests });
}

async function told(digest: string, platforms: string[]) {
  server ??= await scripted((request, response) => {
    const text = blobs.get(request.url?.split('/').at(-1) ?? '');
    if (text === undefined) return void response.writeHead(404).end();
    const { mediaType = 'application/octet-stream' } = JSON.parse(text) as { mediaType?: string };
    response.writeHead(200, { 'content-type': mediaType });
    response.end(text);
  });
  const registry = createImageRegistry({ credentials: () => Promise.resolve(null) });
  return registry.told(`${server.host}/a`, digest, { platforms, mayComeFromMirror: true });
}

test('an image tells its variables and its whole history, also of what made no layer', async () => {
  expect(await told(anImage('one'), [])).toEqual({ envVars: ['X=one'], history: ['ARG A=one', 'RUN x'] });
});

test('of an index the images of the wanted platforms tell, and all where there is none; attestations never', async () => {
  const index = anIndex({
    'linux/amd64': anImage('amd'),
    'linux/arm64/v8': anImage('arm'),
    'linux/s390x': anImage('ibm'),
    'unknown/unknown': anImage('attestation'),
  });
  expect((await told(index, ['linux/amd64', 'linux/arm64'])).envVars).toEqual(['X=amd', 'X=arm']);
  expect((await told(index, ['linux/riscv64'])).envVars).toEqual(['X=amd', 'X=arm', 'X=ibm']);
});

test('an index of indexes is refused', async () => {
  const index = anIndex({ 'linux/amd64': anIndex({}) });
  await expect(told(index, ['linux/amd64'])).rejects.toThrow('index of indexes');
});
