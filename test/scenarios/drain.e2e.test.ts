import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Worker } from '../../src/contracts/workers.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
beforeAll(async () => {
  const settings = {
    KILN_STUB_ENGINE: 'true',
    KILN_DRAIN_SECONDS: '30',
    KILN_ZONE: 'eu-1',
    KILN_LABELS: 'gpu=true',
  };
  kiln = await startKiln(settings, undefined, ['--slots', '2', '--methods', 'buildx']);
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const aStub = (seconds: number) => kiln.build('FROM scratch', { build_args: { seconds: String(seconds) } });
const worker = () => kiln.json<Worker>('GET', '/v1/workers/local-1');
const cli = (...args: string[]) =>
  runKiln(['workers', ...args], { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token });

test.each(['supervisor', 'worker'])(
  'a host whose %s is asked to end takes no new build, ends those that run, and the next one goes on with the rest',
  async (name) => {
    const running = await aStub(3);
    await kiln.until(running.id, (build) => build.status === 'in_progress');
    kiln.kill(name, 'SIGTERM');
    await expect.poll(async () => (await worker()).refusal, { timeout: 10_000 }).toBe('is being stopped');
    const waiting = await aStub(0);
    expect((await kiln.json<{ queue_reason: string }>('GET', `/v1/builds/${waiting.id}`)).queue_reason).toBe(
      'no build host takes new builds: local-1 is being stopped',
    );

    for (const { id } of [running, waiting]) {
      const ended = await kiln.until(id, hasEnded, 90_000);
      expect([ended.status, ended.attempts]).toEqual(['success', 1]);
    }
    expect(await worker()).toMatchObject({ status: 'healthy', refusal: null });
  },
  120_000,
);

test('a person drains the host, and it waits until its builds have ended; then it takes builds again', async () => {
  const running = await aStub(2);
  await kiln.until(running.id, (build) => build.status === 'in_progress');
  const { code, stdout } = await cli('drain', 'local-1');
  expect([code, stdout]).toEqual([
    0,
    'local-1 takes no new builds; 1 still run\nlocal-1 takes no new builds: it is drained\n',
  ]);
  expect((await kiln.json<{ status: string }>('GET', `/v1/builds/${running.id}`)).status).toBe('success');
  expect((await cli('uncordon', 'local-1')).stdout).toBe('local-1 takes builds\n');
  expect((await cli()).stdout).toMatch(/^local-1 +healthy +0\/2 +eu-1 +/m);
}, 60_000);

test('a build goes to a host that has what it needs, and is refused where none has', async () => {
  const ask = (needs: Record<string, string>) =>
    kiln.call('POST', '/v1/projects/scenario/builds', {
      ...{ method: 'buildx', source: { kind: 'inline' }, needs },
      options: { dockerfile_inline: 'FROM scratch' },
    });
  const accepted = await ask({ gpu: 'true', zone: 'eu-1' });
  const { id } = (await accepted.json()) as { id: string };
  expect((await kiln.until(id, hasEnded)).status).toBe('success');

  const refused = await ask({ gpu: 'true', zone: 'us-1' });
  expect([refused.status, await refused.json()]).toEqual([
    422,
    expect.objectContaining({
      code: 'needs_not_offered',
      fields: [{ field: 'needs', message: 'no build host for buildx has gpu=true and zone=us-1' }],
    }),
  ]);
});
