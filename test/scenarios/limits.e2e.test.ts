import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build } from '../../src/contracts/builds.js';
import type { BuildConfig } from '../../src/contracts/build-config-operations.js';
import type { Queue } from '../../src/contracts/queue.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_STEP_TIMEOUT_SECONDS: '10m' });
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const finish = async (...lines: string[]): Promise<Build> => {
  const { id } = await kiln.build([`FROM ${kiln.baseImage}`, ...lines].join('\n'));
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
};
const set = (limits: object): Promise<unknown> => kiln.json('PATCH', '/v1/limits?project=scenario', limits);

test('a real step that runs too long ends the build as a timeout that names it', async () => {
  await kiln.call('POST', '/v1/projects', { slug: 'scenario' });
  await set({ step_timeout_seconds: 3 });

  const build = await finish('RUN true', 'RUN sleep 300');

  expect(build).toMatchObject({
    status: 'failed',
    result: {
      status: 'timeout',
      failure_code: 'step_timeout',
      failure_stage: 'build',
      failure_instruction: expect.stringContaining('RUN sleep 300') as unknown,
      failure_reason: expect.stringContaining(
        'ran longer than the limit step_timeout_seconds (3s, set for the project)',
      ) as unknown,
    },
  });
  const { limits } = await kiln.json<BuildConfig>('GET', `/v1/builds/${build.id}/config`);
  expect(limits).toContainEqual({
    name: 'step_timeout_seconds',
    unit: 'seconds',
    value: 3,
    origin: 'project',
  });
  await set({ step_timeout_seconds: null });
});

test('a real image that is too large reaches no tag, and a retry with a raised limit does', async () => {
  await set({ image_max_bytes: 200_000 });
  const build = await finish('RUN head -c 3000000 /dev/urandom > /large');
  expect(build.result).toMatchObject({
    status: 'failed',
    failure_code: 'image_too_large',
    failure_stage: 'verification',
    failure_reason: expect.stringMatching(/Largest: layer \d+ \(3\.0 MB\) by RUN .*urandom/) as unknown,
  });
  expect(await kiln.query('SELECT 1 FROM image_tags WHERE tag = $1', [String(build.build_number)])).toEqual(
    [],
  );

  await set({ image_max_bytes: null });
  const { id } = await kiln.json<Build>('POST', `/v1/builds/${build.id}/retry`, {});

  expect((await kiln.until(id, hasEnded)).status).toBe('success');
});

test('a build that a limit keeps waiting says so in the queue, and starts when the limit is raised', async () => {
  const access = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  const typed = (...args: string[]) => runKiln(args, access);
  expect((await typed('limits', 'set', 'max_concurrent_builds=0')).stdout).toMatch(
    /^max_concurrent_builds +0$/m,
  );
  const { id } = await kiln.build(`FROM ${kiln.baseImage}`);

  const reason = "the tenant's limit max_concurrent_builds (0) is reached: no build may run";
  expect(await kiln.json<Queue>('GET', '/v1/queue')).toMatchObject({
    waiting: 1,
    items: [{ build_id: id, position: 1, reason, expected_start_at: null }],
  });
  expect((await typed('queue')).stdout).toContain(reason);

  await typed('limits', 'unset', 'max_concurrent_builds');
  expect((await kiln.until(id, hasEnded)).status).toBe('success');
});

test('nobody goes above the limit of the operator', async () => {
  const refused = await kiln.call('PATCH', '/v1/limits', { step_timeout_seconds: 3600 });
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('KILN_STEP_TIMEOUT_SECONDS');
});
