import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Trends } from '../../src/contracts/stats.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln({ KILN_STUB_ENGINE: 'true' }, undefined, ['--slots', '2', '--methods', 'buildx']);
}, 300_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

const aStub = (seconds: number) => kiln.build('FROM scratch', { build_args: { seconds: String(seconds) } });
const cli = (...args: string[]) =>
  runKiln(['stats', ...args], { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token });

test('builds are counted some seconds after they have ended, over the death of the controller, in the zone that was set', async () => {
  expect((await cli('zone', 'Pacific/Kiritimati')).stdout).toBe('Pacific/Kiritimati\n');
  const builds = await Promise.all([aStub(3), aStub(3), aStub(0)]);
  await kiln.until(builds[0]!.id, (build) => build.status === 'in_progress');
  kiln.kill('controller');
  for (const { id } of builds) await kiln.until(id, hasEnded, 90_000);

  const trends = (): Promise<Trends> => kiln.json<Trends>('GET', '/v1/stats/trends');
  await expect.poll(async () => (await trends()).is_current, { timeout: 30_000 }).toBe(true);
  const { items, time_zone: zone } = await trends();
  expect(zone).toBe('Pacific/Kiritimati');
  expect(items.at(-1)).toMatchObject({ total_builds: 3, successful: 3, buildx_count: 3, failed: 0 });
  expect(items.at(-1)?.max_concurrent_at_peak).toBe(2);

  expect((await cli()).stdout).toContain('3 builds: 3 succeeded, 0 failed (0 %), 0 cancelled');
  expect((await cli('success', '--by', 'worker', '--csv')).stdout).toBe(
    'name,total_builds,successful,failed,cancelled,success_rate_percent\r\nlocal-1,3,3,0,0,100\r\n',
  );
}, 180_000);
