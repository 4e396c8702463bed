import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Attempt } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln();
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

test('a build whose builder is killed in mid-step succeeds by another attempt, which says why', async () => {
  const accepted = await kiln.build(
    `FROM ${kiln.baseImage}\nRUN echo started && i=1; while [ $i -le 40 ]; do echo "line $i"; i=$((i+1)); sleep 0.1; done`,
  );
  await kiln.until(accepted.id, async () => (await kiln.log(accepted.id)).includes('line 5\n'));

  kiln.kill('buildkit');

  const ended = await kiln.until(accepted.id, (build) => hasEnded(build) && build.log_complete, 90_000);
  expect(ended.status).toBe('success');
  expect(ended.attempts).toBeGreaterThan(1);
  const { items } = await kiln.json<{ items: Attempt[] }>('GET', `/v1/builds/${ended.id}/attempts`);
  expect(items[0]).toMatchObject({ ended_reason: 'failed', failure_code: 'builder_unavailable' });
  expect(items.at(-1)).toMatchObject({ ended_reason: 'succeeded', failure_code: null });
  expect(await kiln.log(ended.id)).toContain('line 40\n');
}, 120_000);

test('a failing step is not made again', async () => {
  const { id } = await kiln.build(`FROM ${kiln.baseImage}\nRUN echo no && exit 3`);
  const ended = await kiln.until(id, hasEnded);
  expect(ended).toMatchObject({
    status: 'failed',
    attempts: 1,
    result: { failure_code: 'build_step_failed', exit_code: 3 },
  });
}, 60_000);
