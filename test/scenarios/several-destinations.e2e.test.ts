import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build } from '../../src/contracts/builds.js';
import type { Publication } from '../../src/contracts/publications.js';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.js';
import { type RealRegistry, startCraneRegistry, startRegistry } from '../support/real-registry.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
let distribution: { real: RealRegistry; proxy: FaultyProxy };
/** Says nothing when a tag is to be moved. */
let silent: { real: RealRegistry; proxy: FaultyProxy };
let crane: { real: RealRegistry; proxy: FaultyProxy };
const registry = createImageRegistry();
const behindProxy = async (real: RealRegistry) => ({ real, proxy: await startFaultyProxy(real.host) });
beforeAll(async () => {
  const settings = {
    KILN_ALLOWED_NETWORKS: '127.0.0.0/8',
    KILN_STUB_ENGINE: 'true',
    KILN_TAG_TRIES: '3',
  };
  kiln = await startKiln(settings, undefined, ['--methods', 'buildx']);
  distribution = await behindProxy(await startRegistry());
  crane = await behindProxy(await startCraneRegistry());
  silent = await behindProxy(distribution.real);
  await kiln.call('POST', '/v1/projects', { slug: 'several' });
}, 300_000);
afterEach(() => {
  for (const { proxy } of [distribution, crane]) proxy.fail(() => null);
});
afterAll(async () => {
  for (const { proxy } of [distribution, crane, silent]) await proxy.close();
  for (const { real } of [distribution, crane]) real.stop();
  await kiln.stop();
}, 60_000);

const publish = (destinations: readonly string[]): Promise<Build> =>
  kiln.json<Build>('POST', '/v1/projects/several/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: 'FROM scratch' },
    destinations,
  });
const publicationsOf = async ({ id }: Build): Promise<Publication[]> =>
  (await kiln.json<{ items: Publication[] }>('GET', `/v1/builds/${id}/publications`)).items;

/** The bytes of blobs that go to each repository behind the proxies, from now on. */
function countBytes(): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { proxy } of [distribution, crane])
    proxy.fail(({ method, url, bodyBytes }) => {
      const [, path] = /^\/v2\/(.*)\/blobs\/uploads\//.exec(url) ?? [];
      const repository = `${proxy.host}/${path}`;
      if (path !== undefined && method !== 'POST' && bodyBytes > 0)
        bytes.set(repository, (bytes.get(repository) ?? 0) + bodyBytes);
      return null;
    });
  return bytes;
}

let hung: Build;
test('a cancel is acknowledged while a registry hangs in the move of a tag', async () => {
  let reached: () => void = () => undefined;
  const atTag = new Promise<void>((resolve) => (reached = resolve));
  silent.proxy.fail(({ method, url }) => {
    if (method !== 'PUT' || !url.endsWith('/manifests/v1')) return null;
    reached();
    return { kind: 'hold', until: new Promise(() => undefined) };
  });
  hung = await publish([`${silent.proxy.host}/hung/app:v1`]);
  await atTag;

  const askedAtMs = Date.now();
  const asked = await kiln.json<Build>('POST', `/v1/builds/${hung.id}/cancel`);

  expect(Date.now() - askedAtMs).toBeLessThan(1_000);
  expect(asked.publish_began_at).not.toBeNull();
});

test('one build sends its image once to each of two other registries, however many repositories it has there', async () => {
  const repositories = [
    `${distribution.proxy.host}/team/one`,
    `${crane.proxy.host}/team/one`,
    `${distribution.proxy.host}/team/two`,
    `${crane.proxy.host}/team/two`,
    `${distribution.proxy.host}/other/three`,
  ];
  const bytes = countBytes();

  const { id } = await publish(repositories.map((one) => `${one}:v1`));

  const ended = await kiln.until(id, hasEnded, 60_000);
  expect([ended.status, ended.result.failure_reason]).toEqual(['success', null]);
  for (const one of repositories)
    expect((await registry.head(one, 'v1'))?.digest).toBe(ended.result.output_image_digest);
  const publications = await publicationsOf(ended);
  const [sent, ...others] = publications.map(({ total_bytes: total, sent_bytes }) => [total, sent_bytes]);
  const total = sent![0]!;
  expect([sent, ...others]).toEqual([
    [total, total],
    [total, total],
    [total, 0],
    [total, 0],
    [total, 0],
  ]);
  expect(publications.map(({ mounted_blobs: mounted }) => mounted)).toEqual([0, 0, 2, 0, 2]);
  expect(Object.fromEntries(bytes)).toEqual({ [repositories[0]!]: total, [repositories[1]!]: total });
}, 120_000);

test('a tag that a registry does not take says what it waits for, ends after the tries that are set, and is set by a retry', async () => {
  const repository = `${distribution.proxy.host}/away/app`;
  let refused = 0;
  distribution.proxy.fail(({ method, url }) => {
    if (method !== 'PUT' || !url.endsWith('/manifests/v1')) return null;
    refused += 1;
    return { kind: 'answer', status: 503 };
  });
  const build = await publish([`${repository}:v1`]);
  const reasons = new Set<string>();
  await kiln.until(build.id, async (one) => {
    for (const { waiting_reason: reason } of await publicationsOf(build))
      if (reason !== null) reasons.add(reason);
    return hasEnded(one);
  });

  const failed = await kiln.json<Build>('GET', `/v1/builds/${build.id}`);
  expect(failed.status).toBe('failed');
  expect(failed.result.failure_reason).toMatch(
    /503.* It was tried 3 times since \S+ UTC\. Its publication had begun; moved: no tag; not confirmed: \S+\/away\/app:v1\.$/,
  );
  // A tag is sent once a try: each sending may still be carried out later, and has to be known.
  expect(refused).toBe(3);
  expect([...reasons]).toContainEqual(
    expect.stringMatching(
      /^The tag v1 could not be moved\. .*503.* It waits since \S+ UTC; try 3 of 3 comes at \S+ UTC\.$/,
    ),
  );
  expect(await publicationsOf(failed)).toMatchObject([{ status: 'given_up', waiting_reason: null }]);
  expect(await registry.head(`${distribution.real.host}/away/app`, 'v1')).toBeNull();

  distribution.proxy.fail(() => null);
  const access = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  const retried = await runKiln(['retry', build.id, '--from', 'publish'], access);
  expect([retried.code, retried.stderr]).toEqual([0, expect.any(String)]);
  expect((await registry.head(repository, 'v1'))?.digest).toMatch(/^sha256:/);
}, 120_000);

test('a tag of a registry that hangs is given up after the tries that are set', async () => {
  const ended = await kiln.until(hung.id, hasEnded, 60_000);
  expect([ended.status, ended.result.failure_code]).toEqual(['failed', 'registry_unreachable']);
  expect(ended.result.failure_reason).toMatch(
    /does not answer \(no answer in time\) when asked for the writing of v1 .* It was tried 3 times since .* moved: no tag; not confirmed: .*\/hung\/app:v1\. A cancel was asked for, but it does not stop/,
  );
}, 90_000);
