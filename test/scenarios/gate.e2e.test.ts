import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Attempt, Build, BuildStep, StatusChange } from '../../src/contracts/builds.js';
import { servedDigest } from '../support/served-digest.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8' }, undefined, ['--slots', '1']);
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const isHeld = (build: Build): boolean => build.gate?.status === 'held' && build.status === 'queued';

const list = async <Item>(build: Build, what: string): Promise<Item[]> =>
  (await kiln.json<{ items: Item[] }>('GET', `/v1/builds/${build.id}/${what}`)).items;

async function build(project: string, dockerfile: string): Promise<Build> {
  await kiln.call('POST', '/v1/projects', { slug: project });
  return kiln.json<Build>('POST', `/v1/projects/${project}/builds`, {
    source: { kind: 'inline' },
    options: { dockerfile_inline: dockerfile },
  });
}

const setGate = (project: string, gate: Record<string, unknown>): Promise<unknown> =>
  kiln.json('PATCH', `/v1/projects/${project}`, { gate });

/** `kiln` as a person of this Kiln types it. */
const typed = (...args: string[]) =>
  runKiln(args, { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token });

/** Kills what decides while nothing is decided, and waits until it answers again. */
async function killApiAndController(): Promise<void> {
  kiln.kill('api');
  kiln.kill('controller');
  for (let ready = false; !ready; await sleep(100))
    ready = await kiln.call('GET', '/readyz').then(
      ({ ok }) => ok,
      () => false,
    );
}

test('a held build leaves the only slot to others, outlives the control plane, and is published as it was built', async () => {
  await kiln.call('POST', '/v1/projects', { slug: 'held' });
  await setGate('held', { kind: 'approval' });
  const { id } = await build('held', `FROM ${kiln.baseImage}\nRUN date +%s%N > /made`);
  const held = await kiln.until(id, isHeld, 120_000);
  expect(held.queue_reason).toContain('waits for approval since');
  const steps = await list<BuildStep>(held, 'steps');
  expect(await servedDigest(held.destinations[0]!)).toBeNull();

  const other = await build('free', `FROM ${kiln.baseImage}\nRUN date +%s%N > /made`);
  expect(await kiln.until(other.id, hasEnded, 120_000)).toMatchObject({ status: 'success' });
  await killApiAndController();
  expect(isHeld(await kiln.until(id, () => true))).toBe(true);
  expect((await typed('approve', 'held#1', '--why', 'seen')).stdout).toMatch(
    /^held#1 is approved by admin \(token .*\): seen\n$/,
  );
  const ended = await kiln.until(id, (one) => hasEnded(one) && one.result.cleanup_status === 'completed');

  expect(ended).toMatchObject({ status: 'success', attempts: 2, gate: { status: 'approved', why: 'seen' } });
  const digest = ended.result.output_image_digest;
  expect(digest).toBe(held.gate!.manifest_digest);
  for (const destination of ended.destinations) expect(await servedDigest(destination)).toBe(digest);
  expect(await list<BuildStep>(ended, 'steps')).toEqual(steps);
  expect((await list<Attempt>(ended, 'attempts')).map(({ log_lines }) => log_lines > 0)).toEqual([
    true,
    false,
  ]);
  expect((await list<StatusChange>(ended, 'history')).map(({ reason }) => reason)).toEqual([
    'accepted',
    'attempt 1 granted',
    'held for approval',
    expect.stringMatching(/^approved by admin/),
    'attempt 2 granted',
    'published',
  ]);
}, 240_000);

test('an image that has grown too much over what its tag serves is held, told why, and rejected', async () => {
  await kiln.call('POST', '/v1/projects', { slug: 'grown' });
  await setGate('grown', { kind: 'inspection', max_growth_percent: 10, refuse_root: true });
  const first = await build('grown', `FROM ${kiln.baseImage}\nUSER 1000`);
  expect(await kiln.until(first.id, hasEnded, 120_000)).toMatchObject({
    status: 'success',
    gate: { status: 'passed', findings: [] },
  });
  const latest = await servedDigest(`${kiln.access.registry}/grown:latest`);

  const second = await build('grown', `FROM ${kiln.baseImage}\nRUN head -c 8000000 /dev/urandom > /big`);
  const held = await kiln.until(second.id, isHeld, 120_000);
  expect(held.gate!.findings).toEqual([
    expect.stringMatching(
      /^the image has grown by .* % over what .*\/grown:latest serves .*, more than 10 %$/,
    ),
    'the image for linux/amd64 runs as root: it sets no user',
  ]);
  expect((await typed('builds', '--held')).stdout).toContain('grown#2');
  expect((await typed('reject', 'grown#2', '--why', 'too fat')).code).toBe(0);

  const ended = await kiln.until(second.id, hasEnded);
  expect(ended.result).toMatchObject({
    failure_code: 'publication_rejected',
    failure_reason: expect.stringMatching(/too fat$/),
  });
  expect(await servedDigest(`${kiln.access.registry}/grown:latest`)).toBe(latest);
  expect((await typed('approve', 'grown#2')).stderr).toContain('The build was rejected by admin');
}, 240_000);
