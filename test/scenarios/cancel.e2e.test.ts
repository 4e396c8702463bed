import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln();
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

/** Whether a process on this machine has the text as one of its arguments. */
const isRunning = (argument: string): boolean =>
  readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(argument);
    } catch {
      return false;
    }
  });

test('a cancel in the middle of a RUN ends its process within two seconds and publishes nothing', async () => {
  const marker = '98765';
  const accepted = await kiln.build(`FROM ${kiln.baseImage}\nRUN sleep ${marker}`);
  await kiln.until(accepted.id, () => isRunning(marker));

  const cancelledAt = Date.now();
  expect((await kiln.call('POST', `/v1/builds/${accepted.id}/cancel`)).status).toBe(202);
  while (isRunning(marker) && Date.now() - cancelledAt < 10_000) await sleep(20);
  expect(Date.now() - cancelledAt).toBeLessThan(2_000);

  const ended = await kiln.until(accepted.id, hasEnded);
  expect(ended.status).toBe('cancelled');
  expect([ended.result.output_image_digest, ended.publish_began_at]).toEqual([null, null]);
  await kiln.until(accepted.id, (build) => build.log_complete && build.result.cleanup_status === 'completed');
  const tags = await kiln.query('SELECT * FROM image_tags WHERE build_id = $1', [accepted.id]);
  expect(tags).toEqual([]);
});

test('a cancel of a build that waits for a slot ends it at once', async () => {
  const holders = await Promise.all(
    [1, 2].map((n) => kiln.build(`FROM ${kiln.baseImage}\nRUN echo ${n} && sleep 600`)),
  );
  for (const holder of holders) await kiln.until(holder.id, (build) => build.status === 'in_progress');
  const waiting = await kiln.build(`FROM ${kiln.baseImage}\nRUN echo never`);

  await kiln.call('POST', `/v1/builds/${waiting.id}/cancel`);
  const ended = await kiln.until(waiting.id, hasEnded, 10_000);
  expect(ended).toMatchObject({ status: 'cancelled', started_at: null, attempts: 0 });

  for (const holder of holders) await kiln.call('POST', `/v1/builds/${holder.id}/cancel`);
  for (const holder of holders) {
    expect((await kiln.until(holder.id, hasEnded, 10_000)).status).toBe('cancelled');
  }
});

test('a second cancel of an ended build changes nothing', async () => {
  const accepted = await kiln.build(`FROM ${kiln.baseImage}\nRUN echo quick`);
  const ended = await kiln.until(accepted.id, hasEnded);
  await kiln.call('POST', `/v1/builds/${accepted.id}/cancel`);
  const after = await kiln.json<{ status: string; completed_at: string }>('GET', `/v1/builds/${accepted.id}`);
  expect(after.status).toBe('success');
  expect(after.completed_at).toBe(ended.completed_at);
});
