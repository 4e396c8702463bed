import { createNotifier } from '../../src/adapters/notifications/notifier.js';
import { openTransport } from '../../src/adapters/registry/transport.js';
import type { Loop } from '../../src/controller/loop.js';
import { startNotificationSender } from '../../src/controller/notification-sender.js';
import { parseNetwork } from '../../src/domain/network/cidr.js';
import { MOST_TRIES } from '../../src/domain/notifications/retry-schedule.js';
import type { ChangeFeed, TenantContext } from '../../src/ports/stores.js';
import { openChangeFeed } from '../../src/storage/change-feed.js';
import { aReceiver } from '../adapters/notifications/receiver.js';
import { aNotificationWorld, gitSource } from '../storage/notifications/notification-world.js';
import { aBuild, aProject, aTenant } from '../support/builds.js';

let world: Awaited<ReturnType<typeof aNotificationWorld>>;
let feed: ChangeFeed;
const senders: Loop[] = [];
const servers: { close(): Promise<void> }[] = [];
const outcomes: string[] = [];
beforeAll(async () => {
  world = await aNotificationWorld();
  // Nothing is rung but by PostgreSQL.
  feed = openChangeFeed({ url: world.db.urls.controller, fallbackMs: 600_000 });
});
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.stop();
  for (const server of servers.splice(0)) await server.close();
  outcomes.length = 0;
  await world.removeTargets();
});
afterAll(async () => {
  await feed.close();
  await world.close();
});

const receiver = async (...given: Parameters<typeof aReceiver>) => {
  const server = await aReceiver(...given);
  servers.push(server);
  return server;
};

function startSender(pauseFactor = 0.0001, answerTimeoutMs = 10_000): Loop {
  const { fetch } = openTransport({ allowedNetworks: [parseNetwork('127.0.0.0/8')!] });
  const sender = startNotificationSender({
    notifications: world.due(),
    notifier: createNotifier({ fetch, pageOf: () => null, userAgent: 'Kiln/0.0.0', answerTimeoutMs }),
    ...{ feed, pauseFactor },
    seen: (outcome) => outcomes.push(outcome),
    log: { error: (fields, text) => console.error(text, fields) },
  });
  senders.push(sender);
  return sender;
}

async function builds(tenant: TenantContext, count: number): Promise<void> {
  const { id } = await aProject(world.db, tenant);
  for (let made = 0; made < count; made += 1) await aBuild(world.db, tenant, id);
}

const states = async (tenant: TenantContext, targetId: string) =>
  (await world.written(tenant, targetId)).map(({ state }) => state);

test('what is written is sent at once, and a failed one when its time has come, under the same id', async () => {
  const tenant = await aTenant(world.db);
  let left = 2;
  const server = await receiver((response) => response.writeHead(left-- > 0 ? 500 : 200).end());
  const { id } = await world.aTarget(tenant, 'webhook', { url: server.url });
  startSender();
  await builds(tenant, 1);
  await expect.poll(() => states(tenant, id)).toEqual(['delivered']);
  expect(server.received).toHaveLength(3);
  expect(
    new Set(server.received.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size,
  ).toBe(1);
  expect(outcomes).toEqual(['postponed', 'postponed', 'delivered']);
});

test('one that fails to the end is dead, with the reason and the number of tries', async () => {
  const tenant = await aTenant(world.db);
  const server = await receiver((response) => response.writeHead(500).end('broken'));
  const { id } = await world.aTarget(tenant, 'webhook', { url: server.url });
  startSender(0.000_01);
  await builds(tenant, 1);
  await expect.poll(() => states(tenant, id), { timeout: 50_000 }).toEqual(['dead']);
  expect(server.received).toHaveLength(MOST_TRIES);
  const [one] = await world.written(tenant, id);
  expect(one).toMatchObject({
    responseStatus: 500,
    errorMessage: `It answered 500: broken. It was tried ${MOST_TRIES} times.`,
  });
});

test('a receiver that hangs delays nobody but itself', async () => {
  const tenant = await aTenant(world.db);
  const hangs = await receiver(() => undefined);
  const answers = await receiver();
  const slow = await world.aTarget(tenant, 'webhook', { url: hangs.url });
  const quick = await world.aTarget(tenant, 'webhook', { url: answers.url });
  startSender(1, 55_000);
  await builds(tenant, 12);
  await expect
    .poll(async () => new Set(await states(tenant, quick.id)), { timeout: 45_000 })
    .toEqual(new Set(['delivered']));
  expect(answers.received).toHaveLength(12);
  expect(hangs.received.length).toBeLessThanOrEqual(4);
  expect(new Set(await states(tenant, slow.id))).toEqual(new Set(['pending']));
});

test('a receiver that is gone is asked no more', async () => {
  const tenant = await aTenant(world.db);
  const server = await receiver((response) => response.writeHead(410).end());
  const target = await world.aTarget(tenant, 'webhook', { url: server.url });
  startSender();
  await builds(tenant, 1);
  await expect.poll(() => states(tenant, target.id)).toEqual(['dead']);
  await builds(tenant, 1);
  expect(await world.targets.get(tenant, target.name)).toMatchObject({ isActive: false, deadCount: 1 });
  expect(server.received).toHaveLength(1);
});

test('a pause that a receiver asks for is kept', async () => {
  const tenant = await aTenant(world.db);
  let left = 1;
  const times: number[] = [];
  const server = await receiver((response) => {
    times.push(Date.now());
    if (left-- > 0) response.writeHead(429, { 'retry-after': '2' }).end();
    else response.writeHead(200).end();
  });
  const { id } = await world.aTarget(tenant, 'webhook', { url: server.url });
  startSender();
  await builds(tenant, 1);
  await expect.poll(() => states(tenant, id), { timeout: 20_000 }).toEqual(['delivered']);
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(1_900);
});

test('what was on its way when a sender was stopped is sent by the next one', async () => {
  const tenant = await aTenant(world.db);
  let isHanging = true;
  const server = await receiver((response) => {
    if (!isHanging) response.writeHead(204).end();
  });
  const { id } = await world.aTarget(tenant, 'webhook', { url: server.url });
  const first = startSender(1);
  await builds(tenant, 1);
  await expect.poll(() => server.received.length).toBe(1);
  await first.stop();
  isHanging = false;
  startSender(1);
  await expect.poll(() => states(tenant, id)).toEqual(['delivered']);
  expect(server.received[1]?.headers['webhook-id']).toBe(server.received[0]?.headers['webhook-id']);
});

test('an older status of a commit never comes after a newer one', async () => {
  const tenant = await aTenant(world.db);
  const { id: projectId } = await aProject(world.db, tenant);
  let left = 3;
  const server = await receiver((response) => response.writeHead(left-- > 0 ? 502 : 201).end('{}'));
  const target = await world.aTarget(tenant, 'gitea', { url: `${server.url}/api/v1` });
  startSender();
  for (let count = 0; count < 5; count += 1)
    await aBuild(world.db, tenant, projectId, gitSource('b'.repeat(40)));
  const open = async () => (await states(tenant, target.id)).filter((state) => state === 'pending');
  await expect.poll(open, { timeout: 20_000 }).toEqual([]);
  const numbers = server.received.map(({ body }) => Number(/#(\d+)/.exec(body)?.[1]));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(numbers.at(-1)).toBe(5);
});
