import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build } from '../../src/contracts/builds.js';
import { startKiln, type TestKiln } from './kiln.js';

const BUILDS = 50;

let kiln: TestKiln;
beforeAll(async () => {
  const settings = { KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_STUB_ENGINE: 'true' };
  kiln = await startKiln(settings, undefined, ['--methods', 'buildx', '--slots', '10']);
  await kiln.call('POST', '/v1/projects', { slug: 'concurrent' });
}, 300_000);
afterAll(() => kiln.stop(), 60_000);

const count = async (text: string): Promise<unknown> => (await kiln.query(text))[0];

/** As a client does that is told to come again: with the same key, so that it is one build. */
async function submit(index: number): Promise<Build> {
  const body = {
    source: { kind: 'inline' },
    options: { dockerfile_inline: 'FROM scratch', build_args: { shared_layers: String(1 + (index % 3)) } },
    destinations: [`${kiln.access.registry}/concurrent/app:b${index}`],
  };
  for (;;) {
    const key = { 'idempotency-key': `concurrent-${index}` };
    const answer = await kiln.call('POST', '/v1/projects/concurrent/builds', body, key);
    if (answer.ok) return (await answer.json()) as Build;
    expect(answer.status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test('fifty builds at once that share layers each end with a tag of their own, and every counter is exact', async () => {
  const accepted = await Promise.all(Array.from({ length: BUILDS }, (_, index) => submit(index)));
  const open = () => count('SELECT count(*)::int AS open FROM builds WHERE completed_at IS NULL');
  await expect.poll(open, { timeout: 240_000, interval: 500 }).toEqual({ open: 0 });
  const ended = await Promise.all(accepted.map(({ id }) => kiln.json<Build>('GET', `/v1/builds/${id}`)));

  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['success']));
  const numbers = ended.map((build) => build.build_number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: BUILDS }, (_, index) => index + 1));
  const registry = createImageRegistry();
  const served = await Promise.all(
    ended.map((_, index) => registry.head(`${kiln.access.registry}/concurrent/app`, `b${index}`)),
  );
  expect(served.map((head) => head?.digest)).toEqual(ended.map((build) => build.result.output_image_digest));

  // Of three builds after each other the images have one, two and three of the shared layers.
  const usage = await kiln.query<{ used: number }>(
    'SELECT used_in_builds_count AS used FROM layer_usage ORDER BY 1 DESC',
  );
  expect(usage.map(({ used }) => used)).toEqual([50, 33, 16, ...Array<number>(BUILDS).fill(1)]);
  expect(
    await kiln.query(
      `SELECT u.layer_digest FROM layer_usage u LEFT JOIN image_layers l USING (tenant_id, layer_digest)
       LEFT JOIN builds b ON b.image_id = l.image_id
       GROUP BY u.tenant_id, u.layer_digest, u.used_in_builds_count HAVING count(DISTINCT b.id) <> u.used_in_builds_count`,
    ),
  ).toEqual([]);
  expect(
    await count(
      'SELECT sum(new_layers)::int AS new, sum(reused_layers)::int AS reused, sum(total_layers)::int AS total FROM build_metrics',
    ),
  ).toEqual({ new: 53, reused: 96, total: 149 });
  const left = () =>
    count(
      `SELECT (SELECT count(*)::int FROM leases WHERE state IN ('granted', 'active')) AS leases,
              (SELECT sum(current_builds_count)::int FROM build_workers) AS slots`,
    );
  await expect.poll(left, { timeout: 20_000 }).toEqual({ leases: 0, slots: 0 });
}, 300_000);
