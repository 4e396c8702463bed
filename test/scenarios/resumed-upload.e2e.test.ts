import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build } from '../../src/contracts/builds.js';
import type { Publication } from '../../src/contracts/publications.js';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.js';
import { type RealRegistry, startRegistry } from '../support/real-registry.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

const LAYER_MB = 100;
const CHUNK_BYTES = 8 * 1024 * 1024;
/** The statement of each of both builds and its signature, in two repositories. */
const MOST_PROVENANCE_BYTES = 100_000;

let kiln: TestKiln;
let real: RealRegistry;
let proxy: FaultyProxy;
beforeAll(async () => {
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8' }, undefined, ['--methods', 'buildx']);
  real = await startRegistry();
  proxy = await startFaultyProxy(real.host);
}, 300_000);
afterAll(async () => {
  await proxy.close();
  real.stop();
  await kiln.stop();
}, 60_000);

const publish = (...destinations: string[]): Promise<Build> =>
  kiln.json<Build>('POST', '/v1/projects/large/builds', {
    source: { kind: 'inline' },
    options: {
      dockerfile_inline: `FROM ${kiln.baseImage}\nRUN dd if=/dev/urandom of=/large bs=1M count=${LAYER_MB}`,
    },
    destinations: destinations.map((destination) => `${proxy.host}/${destination}`),
  });

test('a worker that is killed in the middle of a large layer sends only the rest of it when it is back', async () => {
  let bytes = 0;
  let isKilled = false;
  proxy.fail(({ method, bodyBytes }) => {
    if (method === 'PATCH') bytes += bodyBytes;
    if (bytes < (LAYER_MB / 2) * 1024 * 1024 || isKilled) return null;
    isKilled = true;
    kiln.kill('worker');
    return null;
  });
  await kiln.call('POST', '/v1/projects', { slug: 'large' });
  const { id } = await publish('team/large:v1');

  const ended = await kiln.until(id, hasEnded, 180_000);

  expect([ended.status, ended.attempts, isKilled]).toEqual(['success', 1, true]);
  const digest = ended.result.output_image_digest;
  expect((await createImageRegistry().head(`${real.host}/team/large`, 'v1'))?.digest).toBe(digest);
  const { items } = await kiln.json<{ items: Publication[] }>('GET', `/v1/builds/${id}/publications`);
  const [{ total_bytes: total }] = items as [Publication];
  expect(total).toBeGreaterThan(LAYER_MB * 1024 * 1024);
  // What was on its way when the worker died may go out again.
  expect(bytes).toBeLessThan(total + 2 * CHUNK_BYTES);
}, 240_000);

test('a build of the same content uploads no byte of its image to the same repository, nor to a second one', async () => {
  const traffic: { method: string; url: string; bodyBytes: number }[] = [];
  proxy.fail((seen) => {
    traffic.push(seen);
    return null;
  });
  const { id } = await publish('team/large:v2', 'team/other:v1');

  const ended = await kiln.until(id, hasEnded, 60_000);

  const digest = ended.result.output_image_digest!;
  expect(ended.status).toBe('success');
  const registry = createImageRegistry();
  const image = await registry.inspect(`${real.host}/team/large`, digest);
  for (const destination of ['team/large:v1', 'team/large:v2', 'team/other:v1']) {
    const [path, tag] = destination.split(':') as [string, string];
    expect([destination, (await registry.head(`${real.host}/${path}`, tag))?.digest]).toEqual([
      destination,
      digest,
    ]);
  }
  // What is uploaded by its end: the provenance of this build is a blob of its own, and not of the image.
  const blobs = [image.configDigest, ...image.layers.map((layer) => layer.digest)];
  const ends = traffic.filter(({ method, url }) => method === 'PUT' && url.includes('/blobs/uploads/'));
  const uploaded = ends.map(({ url }) => new URL(url, 'http://registry').searchParams.get('digest'));
  expect(uploaded.filter((one) => blobs.includes(one))).toEqual([]);
  const bytes = traffic.reduce((sum, { method, bodyBytes }) => sum + (method === 'PATCH' ? bodyBytes : 0), 0);
  expect(bytes).toBeLessThan(MOST_PROVENANCE_BYTES);
  const { items } = await kiln.json<{ items: Publication[] }>('GET', `/v1/builds/${id}/publications`);
  expect(items.map((one) => [one.repository, one.sent_bytes, one.uploaded_blobs])).toEqual([
    [`${proxy.host}/team/large`, 0, 0],
    [`${proxy.host}/team/other`, 0, 0],
  ]);
}, 90_000);
