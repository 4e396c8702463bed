import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { Build } from '../../src/contracts/builds.js';
import { NotificationPayload, type NotificationTarget } from '../../src/contracts/notifications.js';
import { aReceiver } from '../adapters/notifications/receiver.js';
import { startKiln, type TestKiln } from './kiln.js';

/** On a Kiln that has built nothing. */
const FIRST_BUILDS = 50;
const NOISY_BUILDS = 40;
const FAILING_SHARE = 0.3;

let kiln: TestKiln;
let receiver: Awaited<ReturnType<typeof aReceiver>>;
/** What it has said yes to. */
const taken: string[] = [];
beforeAll(async () => {
  receiver = await aReceiver((response, { headers }) => {
    if (Math.random() >= FAILING_SHARE) {
      taken.push(String(headers['webhook-id']));
      response.writeHead(204).end();
      return;
    }
    const how = Math.random();
    if (how < 0.5) response.writeHead(500).end('not now');
    else if (how < 0.97) response.destroy();
    // Or it hangs, until Kiln has waited long enough.
  });
  const settings = {
    ...{ KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_STUB_ENGINE: 'true' },
    KILN_NOTIFICATION_PAUSE_FACTOR: '0.0001',
  };
  kiln = await startKiln(settings, undefined, ['--methods', 'buildx', '--slots', '10']);
  await kiln.call('POST', '/v1/projects', { slug: 'concurrent' });
}, 300_000);
afterAll(async () => {
  await kiln.stop();
  await receiver.close();
}, 60_000);

const count = async (text: string): Promise<unknown> => (await kiln.query(text))[0];

/** As a client does that is told to come again: with the same key, so that it is one build. */
async function submitFirst(index: number): Promise<Build> {
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
  const accepted = await Promise.all(Array.from({ length: FIRST_BUILDS }, (_, index) => submitFirst(index)));
  const open = () => count('SELECT count(*)::int AS open FROM builds WHERE completed_at IS NULL');
  await expect.poll(open, { timeout: 240_000, interval: 500 }).toEqual({ open: 0 });
  const ended = await Promise.all(accepted.map(({ id }) => kiln.json<Build>('GET', `/v1/builds/${id}`)));

  expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['success']));
  const numbers = ended.map((build) => build.build_number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: FIRST_BUILDS }, (_, index) => index + 1));
  const registry = createImageRegistry();
  const served = await Promise.all(
    ended.map((_, index) => registry.head(`${kiln.access.registry}/concurrent/app`, `b${index}`)),
  );
  expect(served.map((head) => head?.digest)).toEqual(ended.map((build) => build.result.output_image_digest));

  // Of three builds after each other the images have one, two and three of the shared layers.
  const usage = await kiln.query<{ used: number }>(
    'SELECT used_in_builds_count AS used FROM layer_usage ORDER BY 1 DESC',
  );
  expect(usage.map(({ used }) => used)).toEqual([50, 33, 16, ...Array<number>(FIRST_BUILDS).fill(1)]);
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

/** As a client does that is not answered: again with the same key, so that it is one build. */
async function submitNoisy(index: number): Promise<void> {
  const body = { source: { kind: 'inline' }, options: { dockerfile_inline: 'FROM scratch' } };
  for (;;) {
    const key = { 'idempotency-key': `noisy-${index}` };
    const answer = await kiln.call('POST', '/v1/projects/noisy/builds', body, key).catch(() => null);
    if (answer?.ok === true) return void ((await answer.json()) as Build);
    await sleep(300);
  }
}

const one = async (text: string): Promise<Record<string, number>> =>
  (await kiln.query<Record<string, number>>(text).catch(() => [{}]))[0] ?? {};

test('a receiver that fails a third of the time hears of every change, whatever dies meanwhile, under one id each', async () => {
  await kiln.call('POST', '/v1/projects', { slug: 'noisy' });
  const { secret } = await kiln.json<{ target: NotificationTarget; secret: string }>(
    'POST',
    '/v1/notification-targets',
    { name: 'flaky', kind: 'webhook', url: `${receiver.url}/hook` },
  );
  const submitted = Promise.all(Array.from({ length: NOISY_BUILDS }, (_, index) => submitNoisy(index)));
  for (const victim of ['controller', 'api', 'postgres', 'controller']) {
    const before = receiver.received.length;
    await expect.poll(() => receiver.received.length, { timeout: 120_000 }).toBeGreaterThan(before + 5);
    kiln.kill(victim);
    await sleep(500);
  }
  await submitted;
  const open = () => one('SELECT count(*)::int AS n FROM builds WHERE completed_at IS NULL');
  await expect.poll(open, { timeout: 240_000, interval: 500 }).toEqual({ n: 0 });
  const pending = () =>
    one(`SELECT count(*)::int AS n FROM notification_deliveries WHERE delivery_state = 'pending'`);
  await expect.poll(pending, { timeout: 240_000, interval: 500 }).toEqual({ n: 0 });

  // Each change of a status has one notification, and each of those has an end.
  const changes = await kiln.query<{
    build_id: string;
    to_status: string;
    changes: number;
    notifications: number;
  }>(`
    SELECT build_id, to_status, h.changes, coalesce(d.n, 0)::int AS notifications
    FROM (SELECT build_id, to_status, count(*)::int AS changes FROM build_status_history
          WHERE from_status IS DISTINCT FROM to_status AND build_id IN (
            SELECT b.id FROM builds b JOIN projects p ON p.id = b.project_id WHERE p.slug = 'noisy') GROUP BY 1, 2) h
    LEFT JOIN (SELECT build_id, event_type, count(*) AS n FROM notification_deliveries GROUP BY 1, 2) d USING (build_id)
    WHERE d.event_type = 'build.' || h.to_status OR d.event_type IS NULL`);
  expect(changes.length).toBeGreaterThanOrEqual(3 * NOISY_BUILDS);
  expect(changes.filter((row) => row.changes !== row.notifications)).toEqual([]);
  const rows = await kiln.query<{
    id: string;
    state: string;
    because: string | null;
    attempts: number;
    payload: string;
  }>(
    `SELECT id, delivery_state AS state, error_message AS because, attempts, payload FROM notification_deliveries`,
  );
  const delivered = new Set(taken);
  for (const { id, state, because } of rows) {
    expect(['delivered', 'dead']).toContain(state);
    if (state === 'delivered') expect(delivered.has(id)).toBe(true);
    else expect(because).toBeTruthy();
  }

  // What came again came with the same id and body, and every signature holds.
  const bodies = new Map(rows.map(({ id, payload }) => [id, payload]));
  for (const { headers, body } of receiver.received) {
    expect(body).toBe(bodies.get(String(headers['webhook-id'])));
    new Webhook(secret).verify(body, headers as Record<string, string>);
    NotificationPayload.parse(JSON.parse(body));
  }
  expect(receiver.received.length).toBeGreaterThan(rows.length);
  const types = new Set([...bodies.values()].map((body) => (JSON.parse(body) as { type: string }).type));
  for (const type of ['build.queued', 'build.in_progress', 'build.success']) expect(types).toContain(type);
}, 600_000);

test('a target is tried by a command, and says what came of it', async () => {
  const quiet = await aReceiver();
  await kiln.json('POST', '/v1/notification-targets', { name: 'quiet', kind: 'webhook', url: quiet.url });
  const tried = await kiln.json<{ state: string }>('POST', '/v1/notification-targets/quiet/test');
  expect(tried.state).toBe('delivered');
  expect(JSON.parse(quiet.received[0]!.body)).toMatchObject({ type: 'test' });
  await quiet.close();
  const again = await kiln.json<{ state: string; error_message: string }>(
    'POST',
    '/v1/notification-targets/quiet/test',
  );
  expect(again).toMatchObject({ state: 'dead', error_message: expect.stringContaining('Nobody listens') });
});
