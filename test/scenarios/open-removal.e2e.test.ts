import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build } from '../../src/contracts/builds.js';
import { startFaultyProxy, type FaultyProxy, type SeenRequest } from '../support/faulty-proxy.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
let proxy: FaultyProxy;
beforeAll(async () => {
  const settings = { KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_STUB_ENGINE: 'true' };
  kiln = await startKiln(settings, undefined, ['--methods', 'buildx']);
  proxy = await startFaultyProxy(kiln.access.registry);
}, 300_000);
afterAll(async () => {
  await proxy.close();
  await kiln.stop();
}, 60_000);

const isTag = ({ method, url }: SeenRequest): boolean => method === 'PUT' && url.endsWith('/manifests/v1');
const isRemoval = ({ method, url }: SeenRequest): boolean =>
  method === 'DELETE' && /\/manifests\/sha/.test(url);

test('a publication says from its first refusal on which removal it waits for and until when, and goes on once that is answered', async () => {
  let answer = (): void => undefined;
  let removalCame = (): void => undefined;
  const until = new Promise<void>((resolve) => (answer = resolve));
  const removing = new Promise<void>((resolve) => (removalCame = resolve));
  proxy.fail((request) => {
    if (isTag(request)) return { kind: 'answer', status: 403 };
    if (!isRemoval(request)) return null;
    removalCame();
    return { kind: 'hold', until };
  });
  const destination = `${proxy.host}/removed/app`;
  await kiln.call('POST', '/v1/projects', { slug: 'removal' });
  const build = await kiln.json<Build>('POST', '/v1/projects/removal/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: 'FROM scratch' },
    destinations: [`${destination}:v1`],
  });
  await removing;
  const refused = await kiln.until(build.id, hasEnded);
  expect(refused).toMatchObject({ status: 'failed', result: { resumable_from: 'publish' } });

  const { id } = await kiln.json<Build>('POST', `/v1/builds/${build.id}/retry`, { resume_from: 'publish' });
  const access = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  const shown = async (): Promise<string> => (await runKiln(['show', id], access)).stdout;
  await expect
    .poll(shown, { timeout: 20_000 })
    .toMatch(
      /push +\S+removed\/app: .*waits: A removal of the same image .*waits until \d\d:\d\d:\d\d UTC\. It is tried again soon \(try 2 of 7\)/,
    );

  proxy.fail(() => null);
  answer();
  const published = await kiln.until(id, hasEnded, 90_000);
  expect(published.status).toBe('success');
  const served = await createImageRegistry().head(`${kiln.access.registry}/removed/app`, 'v1');
  expect(served?.digest).toBe(published.result.output_image_digest);
  expect(await kiln.query('SELECT 1 FROM open_removals')).toEqual([]);
}, 180_000);
