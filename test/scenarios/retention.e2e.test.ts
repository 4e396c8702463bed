import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build } from '../../src/contracts/builds.js';
import { RETENTION_SCHEDULE_ID } from '../../workflows/contract.js';
import { servedDigest } from '../support/served-digest.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';
import { ringSchedule } from './ring-schedule.js';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8' });
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

/** Builds an image of project `app` that holds `content`, and waits until it is published. */
async function publish(content: string): Promise<Build> {
  await kiln.call('POST', '/v1/projects', { slug: 'app' });
  const { id } = await kiln.json<Build>('POST', '/v1/projects/app/builds', {
    source: { kind: 'inline' },
    options: { dockerfile_inline: `FROM ${kiln.baseImage}\nRUN echo ${content} > /content` },
  });
  const ended = await kiln.until(id, hasEnded, 120_000);
  expect(ended.status).toBe('success');
  return ended;
}

const typed = (...args: string[]) =>
  runKiln(args, { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token });

/** Status of a manifest in the registry. */
async function serves(digest: string | null): Promise<boolean> {
  const answer = await fetch(`http://${kiln.access.registry}/v2/app/manifests/${digest}`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  return answer.status === 200;
}

const digestOf = (build: Build): string => build.result.output_image_digest!;

test('images that no rule keeps go from the registry, what is in use stays, and what is built again comes back', async () => {
  const [one, two, three] = [await publish('1'), await publish('2'), await publish('3')];
  const repository = `${kiln.access.registry}/app`;
  expect((await typed('projects', 'set', 'app', '--keep-newest', '1', '--protect-tag', '2')).code).toBe(0);
  expect((await typed('images', 'prune', 'app', '--dry-run')).stdout).toContain(`${repository}:1`);
  expect(await serves(digestOf(one))).toBe(true);

  const pruned = await typed('images', 'prune', 'app', '--yes');

  expect(pruned).toMatchObject({ code: 0, stderr: '' });
  expect(pruned.stdout).toContain('app: 1 image removed');
  expect(await servedDigest(`${repository}:1`)).toBeNull();
  expect(await serves(digestOf(one))).toBe(false);
  expect(await servedDigest(`${repository}:2`)).toBe(digestOf(two));
  expect(await servedDigest(`${repository}:latest`)).toBe(digestOf(three));
  expect((await typed('verify', '--state', kiln.stateFolder)).code).toBe(0);

  const again = await publish('1');
  expect(digestOf(again)).toBe(digestOf(one));
  expect(await servedDigest(`${repository}:latest`)).toBe(digestOf(one));
}, 240_000);

test('the nightly Schedule prunes, and goes on when the controller is killed', async () => {
  expect((await typed('projects', 'set', 'app', '--protect-tag', 'none')).code).toBe(0);
  const before = await publish('5');
  const last = await publish('6');
  await ringSchedule(kiln, RETENTION_SCHEDULE_ID);
  kiln.kill('controller');

  for (let left = true; left; await sleep(200)) left = await serves(digestOf(before));
  const [prune] = await kiln.query<{ prune_trigger: string }>(
    `SELECT prune_trigger FROM image_prunes ORDER BY requested_at DESC LIMIT 1`,
  );
  expect(prune).toEqual({ prune_trigger: 'schedule' });
  expect(await serves(digestOf(last))).toBe(true);
}, 240_000);

test('old builds lose all but their record, which says since when and why, and go on to be retried', async () => {
  expect((await typed('builds', 'retention', 'app', '--keep-builds', '1')).code).toBe(0);
  const plan = await typed('builds', 'prune', 'app', '--dry-run');
  expect(plan.stdout).toMatch(/app#1 +success/);
  const { id } = await kiln.json<{ id: string }>('POST', '/v1/projects/app/build-prune');
  kiln.kill('controller');

  for (let isOpen = true; isOpen; await sleep(200)) {
    const prune = await kiln.json<{ completed_at: string | null }>('GET', `/v1/build-prunes/${id}`);
    isOpen = prune.completed_at === null;
  }

  const [removed = ''] = /app#\d+/.exec(plan.stdout) ?? [];
  const logs = await typed('logs', removed);
  expect(logs.code).not.toBe(0);
  expect(logs.stderr).toMatch(
    /has been removed by retention since .* UTC: it is number \d+ of the builds of no branch/,
  );
  expect((await typed('show', removed)).stdout).toMatch(
    /removed +all but its record, since .* UTC: it is number/,
  );
  const left = await kiln.query(
    `SELECT FROM build_steps s JOIN builds b ON b.id = s.build_id WHERE b.removed_at IS NOT NULL`,
  );
  expect(left).toEqual([]);
  expect((await typed('verify', '--state', kiln.stateFolder)).code).toBe(0);
  expect((await typed('rebuild', removed)).code).toBe(0);
}, 240_000);

test('a Kiln that is stopped frees what no image and no retry needs, and serves all the rest afterwards', async () => {
  const last = await publish('7');
  const collect = async (...args: string[]): Promise<Record<string, unknown>> => {
    const ran = await typed('gc', '--state', kiln.stateFolder, '--json', ...args);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    return JSON.parse(ran.stdout) as Record<string, unknown>;
  };
  expect((await typed('gc', '--state', kiln.stateFolder)).stderr).toContain('serves from');
  const { stateFolder } = kiln;
  await kiln.stop({ keepState: true });

  const wouldFree = await collect('--dry-run');
  const freed = await collect();

  expect(freed).toEqual({ ...wouldFree, dry_run: false });
  expect(freed['staged_manifests']).toBeGreaterThan(0);
  expect(freed['freed_bytes']).toBeGreaterThan(0);
  expect(await collect()).toMatchObject({ staged_manifests: 0, blobs: 0, freed_bytes: 0 });
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8' }, stateFolder);
  const registry = createImageRegistry();
  const repository = `${kiln.access.registry}/app`;
  const { layers } = await registry.inspect(repository, digestOf(last));
  for (const { digest, sizeBytes } of layers) {
    let bytes = 0;
    for await (const part of registry.readBlob(repository, digest)) bytes += part.length;
    expect(bytes).toBe(sizeBytes);
  }
  expect((await publish('8')).status).toBe('success');
  expect((await typed('verify', '--state', stateFolder, '--registry')).code).toBe(0);
}, 240_000);
