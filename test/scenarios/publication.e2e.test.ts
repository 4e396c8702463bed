import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import type { Publication } from '../../src/contracts/publications.js';
import { startFaultyProxy, type FaultyProxy, type RegistryFault } from '../support/faulty-proxy.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

/** Where a publication is stopped: the request that is, and whether it is carried out all the same. */
const POINTS = {
  'before the first blob': [/^HEAD .*\/blobs\//, 'hold'],
  'in the middle of a blob': [/^PUT .*\/blobs\/uploads\//, 'hold'],
  'after the blobs, before the manifest': [/^PUT .*\/manifests\/sha256/, 'hold'],
  'after the manifest, before its answer': [/^PUT .*\/manifests\/sha256/, 'mute'],
  'before the tag': [/^PUT .*\/manifests\/v1/, 'hold'],
  'after the tag, before it is noted': [/^PUT .*\/manifests\/v1/, 'mute'],
} as const;
type Point = keyof typeof POINTS;
const VICTIMS = ['worker', 'supervisor', 'controller', 'registry'] as const;

let kiln: TestKiln;
let proxy: FaultyProxy;
const registry = createImageRegistry();
beforeAll(async () => {
  const settings = { KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_STUB_ENGINE: 'true' };
  kiln = await startKiln(settings, undefined, ['--methods', 'buildx', '--slots', '8']);
  proxy = await startFaultyProxy(kiln.access.registry);
  await kiln.call('POST', '/v1/projects', { slug: 'publication' });
}, 300_000);
afterAll(async () => {
  await proxy.close();
  await kiln.stop();
}, 60_000);

const publish = (path: string): Promise<Build> =>
  kiln.json<Build>('POST', '/v1/projects/publication/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: 'FROM scratch' },
    destinations: [`${proxy.host}/${path}:v1`],
  });
const list = async <Item>(build: Build, what: string): Promise<Item[]> =>
  (await kiln.json<{ items: Item[] }>('GET', `/v1/builds/${build.id}/${what}`)).items;

/** Stops the publication to each path once, at its point, until `release`; `reached` tells when all stand there. */
function stopAt(points: ReadonlyMap<string, Point>) {
  const waiting = new Set(points.keys());
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  let arrived = (): void => undefined;
  const reached = new Promise<void>((resolve) => (arrived = resolve));
  proxy.fail(({ method, url }): RegistryFault | null => {
    const path = [...waiting].find((one) => url.startsWith(`/v2/${one}/`));
    const [request, kind] = POINTS[points.get(path ?? '') ?? 'before the tag'];
    if (path === undefined || !request.test(`${method} ${url}`)) return null;
    waiting.delete(path);
    if (waiting.size === 0) arrived();
    return { kind, until };
  });
  return { reached, release };
}

/** What holds of a build whose publication was disturbed, whatever was. */
async function expectPublishedOnce(build: Build, path: string): Promise<void> {
  const ended = await kiln.until(build.id, (one) => hasEnded(one) && one.log_complete, 120_000);
  expect([path, ended.status, ended.result.failure_reason]).toEqual([path, 'success', null]);
  const digest = ended.result.output_image_digest!;
  const real = `${kiln.access.registry}/${path}`;
  expect((await registry.head(real, 'v1'))?.digest).toBe(digest);
  expect(ended.attempts).toBe(1);
  const steps = await list<BuildStep>(ended, 'steps');
  expect(steps.map(({ attempt, step_number }) => [attempt, step_number])).toEqual([
    [1, 1],
    [1, 2],
    [1, 3],
  ]);
  expect(await list<Publication>(ended, 'publications')).toMatchObject([
    { repository: `${proxy.host}/${path}`, status: 'copied', manifest_digest: digest, total_blobs: 2 },
  ]);
  expect(ended.result.artifact_push_milliseconds).toBeGreaterThan(0);
  const again = await registry.copy(real, `${proxy.host}/${path}`, digest);
  expect(again).toMatchObject({ existingBlobs: 2, sentBytes: 0 });
}

describe.each(VICTIMS)('a publication during which the %s is killed', (victim) => {
  test('ends once at each point, builds nothing again and sends nothing twice', async () => {
    const points = new Map(
      Object.keys(POINTS).map((point, index) => [`${victim}/p${index}`, point as Point]),
    );
    const stop = stopAt(points);
    const builds = await Promise.all(
      [...points.keys()].map(async (path) => [path, await publish(path)] as const),
    );
    await stop.reached;

    kiln.kill(victim);
    stop.release();

    for (const [path, build] of builds) await expectPublishedOnce(build, path);
  }, 240_000);
});

/** Keeps whoever wants the lock of the build waiting, from now for so long; resolves when the lock is given back. */
const holdBuild = (build: Build, seconds: number): Promise<unknown> =>
  kiln.query(
    `WITH held AS (SELECT id FROM builds WHERE id = $1 FOR NO KEY UPDATE) SELECT pg_sleep($2) FROM held`,
    [build.id, seconds],
  );

test('a build whose tags were moved, or whose end was recorded, ends once when all processes are killed then', async () => {
  const paths = ['late/moved', 'late/recorded'] as const;
  const stop = stopAt(new Map(paths.map((path) => [path, 'before the tag'])));
  const [moved, recorded] = await Promise.all([publish(paths[0]), publish(paths[1])]);
  await stop.reached;
  // They queue behind the transaction that moves the tag, and whatever comes after it behind them.
  const locks = [holdBuild(moved, 12), holdBuild(recorded, 4)];
  await kiln.until(recorded.id, () => waitForLock('%pg_sleep%', 2));
  stop.release();
  await kiln.until(recorded.id, () => waitForLock('%for no key update%', 2));
  locks.push(holdBuild(recorded, 4));
  await kiln.until(recorded.id, hasEnded);
  await kiln.until(moved.id, async () => (await tagsMoved(moved)) === 1);
  expect((await kiln.json<Build>('GET', `/v1/builds/${moved.id}`)).status).toBe('in_progress');

  for (const victim of VICTIMS) kiln.kill(victim);

  await Promise.all(locks);
  await expectPublishedOnce(moved, paths[0]);
  await expectPublishedOnce(recorded, paths[1]);
  await kiln.until(recorded.id, (build) => build.result.cleanup_status === 'completed');
  await kiln.until(moved.id, (build) => build.result.cleanup_status === 'completed');
  const [left] = await kiln.query<Record<string, string>>(
    `SELECT (SELECT count(*) FROM leases WHERE state IN ('granted', 'active')) AS leases,
            (SELECT sum(current_builds_count) FROM build_workers) AS slots`,
  );
  expect(left).toEqual({ leases: '0', slots: '0' });
}, 240_000);

/** Whether so many statements of this kind wait for a lock. */
async function waitForLock(statement: string, count: number): Promise<boolean> {
  const rows = await kiln.query<{ n: string }>(
    `SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`,
    [statement],
  );
  return Number(rows[0]!.n) >= count;
}

const tagsMoved = async ({ id }: Build): Promise<number> => {
  const rows = await kiln.query<{ n: number }>(
    'SELECT jsonb_array_length(tags_moved) AS n FROM builds WHERE id = $1',
    [id],
  );
  return rows[0]!.n;
};

test('a cancel before the tags publishes nothing and keeps the image for a retry; one after them comes too late', async () => {
  const points = new Map<string, Point>([
    ['cancel/early', 'in the middle of a blob'],
    ['cancel/late', 'before the tag'],
  ]);
  const stop = stopAt(points);
  const [early, late] = await Promise.all([publish('cancel/early'), publish('cancel/late')]);
  await stop.reached;
  for (const { id } of [early, late]) await kiln.json('POST', `/v1/builds/${id}/cancel`);
  const cancelled = await kiln.until(early.id, hasEnded);
  stop.release();

  expect(cancelled).toMatchObject({ status: 'cancelled', result: { resumable_from: 'publish' } });
  expect(await registry.head(`${kiln.access.registry}/cancel/early`, 'v1')).toBeNull();
  expect(await list<Publication>(early, 'publications')).toMatchObject([{ status: 'given_up' }]);
  await expectPublishedOnce(late, 'cancel/late');

  const { id } = await kiln.json<Build>('POST', `/v1/builds/${early.id}/retry`, { resume_from: 'publish' });
  const retried = await kiln.until(id, hasEnded);
  expect(retried.status).toBe('success');
  expect(await list<BuildStep>(retried, 'steps')).toEqual([]);
  expect((await registry.head(`${kiln.access.registry}/cancel/early`, 'v1'))?.digest).toBe(
    retried.result.output_image_digest,
  );
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
