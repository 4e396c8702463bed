import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import type { Publication } from '../../src/contracts/publications.js';
import { startFaultyProxy, type FaultyProxy, type SeenRequest } from '../support/faulty-proxy.js';
import { KILLS_REAL_BUILDS, PLANNED_KILLS, reportCells } from './kill-plan.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';
import {
  KILL_POINTS,
  killAtEachPoint,
  publicationFaults,
  type PublishingHouse,
} from './publication-kills.js';
import { type Stop, stopAt } from './stop-publications.js';

let kiln: TestKiln;
let proxy: FaultyProxy;
const registry = createImageRegistry();
beforeAll(async () => {
  const stub = KILLS_REAL_BUILDS ? {} : { KILN_STUB_ENGINE: 'true' };
  const settings = { KILN_ALLOWED_NETWORKS: '127.0.0.0/8', ...stub };
  kiln = await startKiln(settings, undefined, ['--methods', 'buildx', '--slots', '8']);
  proxy = await startFaultyProxy(kiln.access.registry);
  await kiln.call('POST', '/v1/projects', { slug: 'publication' });
}, 300_000);
afterAll(async () => {
  await proxy.close();
  await kiln.stop();
}, 60_000);

const publish = (path: string, ...others: string[]): Promise<Build> =>
  kiln.json<Build>('POST', '/v1/projects/publication/builds', {
    source: { kind: 'inline' },
    options: {
      dockerfile_inline: KILLS_REAL_BUILDS
        ? `FROM ${kiln.baseImage}\nRUN echo ${path} > /name`
        : 'FROM scratch',
    },
    destinations: [path, ...others].map((one) => `${proxy.host}/${one}:v1`),
  });
const list = async <Item>(build: Build, what: string): Promise<Item[]> =>
  (await kiln.json<{ items: Item[] }>('GET', `/v1/builds/${build.id}/${what}`)).items;

const house = (): PublishingHouse => ({ kiln, proxy, publish });

test.each(PLANNED_KILLS)(
  'publications during which the $victim is killed end once at each of eight points, build nothing again and send nothing twice',
  async (kill) => {
    const cells = await killAtEachPoint(house(), kill.victim, kill);
    reportCells(cells);
    expect(cells.map(({ point }) => point)).toEqual(KILL_POINTS);
    expect(cells.filter(({ stood }) => !stood).map(({ point }) => point)).toEqual([]);
    expect(cells.flatMap(({ point, violations }) => violations.map((text) => `${point}: ${text}`))).toEqual(
      [],
    );
  },
  240_000,
);

test('builds that were disturbed leave no lease, no slot taken and nothing in staging', async () => {
  const left = async (): Promise<unknown> => {
    const [row] = await kiln.query(
      `SELECT (SELECT count(*)::int FROM leases WHERE state IN ('granted', 'active')) AS leases,
              (SELECT sum(current_builds_count)::int FROM build_workers) AS slots,
              (SELECT count(*)::int FROM build_results WHERE cleanup_status IS DISTINCT FROM 'completed') AS untidy`,
    );
    return row;
  };
  await expect.poll(left, { timeout: 60_000, interval: 200 }).toEqual({ leases: 0, slots: 0, untidy: 0 });
}, 90_000);

test('a cancel before the tags publishes nothing and keeps the image for a retry; one after them comes too late', async () => {
  const points = new Map<string, Stop>([
    ['cancel/early', 'in the middle of a blob'],
    ['cancel/late', 'before the tag'],
  ]);
  const stop = stopAt(proxy, points);
  const [early, late] = await Promise.all([publish('cancel/early'), publish('cancel/late')]);
  await Promise.all([...points.keys()].map((path) => stop.reached(path)));
  for (const { id } of [early, late]) await kiln.json('POST', `/v1/builds/${id}/cancel`);
  const cancelled = await kiln.until(early.id, hasEnded);
  for (const path of points.keys()) stop.release(path);

  expect(cancelled).toMatchObject({ status: 'cancelled', result: { resumable_from: 'publish' } });
  expect(await registry.head(`${kiln.access.registry}/cancel/early`, 'v1')).toBeNull();
  expect(await list<Publication>(early, 'publications')).toMatchObject([{ status: 'given_up' }]);
  const uploads = (): string[] =>
    proxy.requests.filter((line) => line.startsWith('DELETE /v2/cancel/early/blobs/uploads/'));
  await expect.poll(uploads, { timeout: 10_000 }).not.toEqual([]);
  const [, upload] = uploads()[0]!.split(' ');
  expect((await fetch(`http://${kiln.access.registry}${upload}`)).status).toBe(404);
  expect(await publicationFaults(house(), late, 'cancel/late')).toEqual([]);

  const { id } = await kiln.json<Build>('POST', `/v1/builds/${early.id}/retry`, { resume_from: 'publish' });
  const retried = await kiln.until(id, hasEnded);
  expect(retried.status).toBe('success');
  expect(await list<BuildStep>(retried, 'steps')).toEqual([]);
  expect((await registry.head(`${kiln.access.registry}/cancel/early`, 'v1'))?.digest).toBe(
    retried.result.output_image_digest,
  );
}, 120_000);

test('a cancel that is acknowledged between two requests of a publication lets no further manifest out, and the end says whether one was', async () => {
  const points = new Map<string, Stop>([
    ['race/blob', 'in the middle of a blob'],
    ['race/manifest', 'after the blobs, before the manifest'],
  ]);
  const stop = stopAt(proxy, points);
  const builds = await Promise.all([...points.keys()].map((path) => publish(path, `${path}-second`)));
  await Promise.all(
    [...points.keys()].map(async (path, index) => {
      await stop.reached(path);
      await kiln.json('POST', `/v1/builds/${builds[index]!.id}/cancel`);
      // Before the worker hears of it.
      stop.release(path);
    }),
  );
  const [ofBlob, ofManifest] = await Promise.all(builds.map(({ id }) => kiln.until(id, hasEnded)));

  const sent = proxy.requests.filter((line) => /^PUT .*\/race\/.*\/manifests\//.test(line));
  expect(sent.map((line) => line.replace(/sha256:.*/, 'digest'))).toEqual([
    'PUT /v2/race/manifest/manifests/digest',
  ]);
  expect(ofBlob).toMatchObject({
    ...{ status: 'cancelled', publish_began_at: null, error_message: 'The build was cancelled.' },
    result: { resumable_from: 'publish' },
  });
  expect(ofManifest).toMatchObject({
    ...{ status: 'cancelled', publish_began_at: expect.any(String) },
    error_message: 'The build was cancelled after its publication had begun; moved: no tag.',
  });
  const removed = async (): Promise<boolean> =>
    (await list<Publication>(ofManifest!, 'publications'))[0]!.removed_at !== null;
  await expect.poll(removed, { timeout: 20_000 }).toBe(true);
  const digest = sent[0]!.replace(/.*\/manifests\//, '');
  expect(await registry.head(`${kiln.access.registry}/race/manifest`, digest)).toBeNull();
}, 120_000);

test('a registry that is away says so while the push waits, and at the end what was pushed', async () => {
  proxy.fail(() => ({ kind: 'answer', status: 503 }));
  const build = await publish('away/app');
  const waits = async (): Promise<boolean> => {
    const [publication] = await list<Publication>(build, 'publications');
    return publication?.status === 'waiting' && /503/.test(publication.waiting_reason ?? '');
  };
  await kiln.until(build.id, waits);
  const access = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  const following = runKiln(['logs', '-f', build.id], access);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  proxy.fail(() => null);
  const { code, stderr } = await following;
  expect(code).toBe(0);
  expect(stderr).toMatch(/push to .*away\/app: \S+ k?B sent/);
  const shown = await runKiln(['show', build.id], access);
  expect(shown.stdout).toMatch(/pushed +\S*away\/app: \S+ k?B sent\n/);
}, 120_000);

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
  const build = await publish('removed/app');
  await removing;
  const refused = await kiln.until(build.id, hasEnded);
  expect(refused).toMatchObject({ status: 'failed', result: { resumable_from: 'publish' } });

  const { id } = await kiln.json<Build>('POST', `/v1/builds/${build.id}/retry`, { resume_from: 'publish' });
  const access = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  const shown = async (): Promise<string> => (await runKiln(['show', id], access)).stdout;
  await expect
    .poll(shown, { timeout: 20_000, interval: 500 })
    .toMatch(
      /push +\S+removed\/app: .*waits: A removal of the same image .*waits until \d\d:\d\d:\d\d UTC\. It is tried again soon \(try 2 of 7\)/,
    );

  proxy.fail(() => null);
  answer();
  const published = await kiln.until(id, hasEnded, 90_000);
  expect(published.status).toBe('success');
  const served = await registry.head(`${kiln.access.registry}/removed/app`, 'v1');
  expect(served?.digest).toBe(published.result.output_image_digest);
  expect(await kiln.query('SELECT 1 FROM open_removals')).toEqual([]);
}, 180_000);
