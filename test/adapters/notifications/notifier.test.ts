import type { lookup } from 'node:dns';
import { Webhook } from 'standardwebhooks';
import { EXAMPLE_PAYLOAD } from '../../../src/contracts/notifications.js';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import type { TargetKind } from '../../../src/domain/notifications/target-kind.js';
import type { DueNotification, TargetSecret } from '../../../src/ports/notifications.js';
import { aReceiver } from './receiver.js';

const answers = vi.hoisted(() => ({ queue: [] as string[], asked: 0 }));
vi.mock('node:dns', async (original) => {
  const real = await original<{ lookup: typeof lookup }>();
  return {
    ...real,
    lookup: (host: string, options: object, done: (...given: unknown[]) => void) => {
      answers.asked += 1;
      const address = answers.queue.shift();
      if (address === undefined) return real.lookup(host, options as never, done as never);
      process.nextTick(() => done(null, [{ address, family: 4 }]));
    },
  };
});

// Suites share what they have loaded, and another may have loaded these with the real `node:dns`.
vi.resetModules();
const { createNotifier } = await import('../../../src/adapters/notifications/notifier.js');
const { openTransport } = await import('../../../src/adapters/registry/transport.js');

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OLD = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const secret: TargetSecret = { current: SECRET, previous: null };
const loopback = [parseNetwork('127.0.0.0/8')!];
const never = new AbortController().signal;
const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
const receiver = async (...given: Parameters<typeof aReceiver>) => {
  const server = await aReceiver(...given);
  servers.push(server);
  return server;
};

function notifier(allowedNetworks = loopback, answerTimeoutMs = 2_000) {
  const { fetch } = openTransport({ allowedNetworks });
  return createNotifier({
    ...{ fetch, answerTimeoutMs, userAgent: 'Kiln/0.0.0' },
    pageOf: (build) => `https://k.example.com/${build}`,
  });
}

function aNotification(
  url: string,
  kind: TargetKind = 'webhook',
  over: Partial<DueNotification> = {},
): DueNotification {
  return {
    ...{
      id: '0199a6f0-0000-7000-8000-000000000009',
      targetId: 't',
      target: 'chat',
      tenantId: 'x',
      kind,
      url,
    },
    ...{ eventType: 'build.success', subject: null, payload: JSON.stringify(EXAMPLE_PAYLOAD) },
    ...{
      sealed: { keyId: '', wrappedKey: Buffer.alloc(0), ciphertext: Buffer.alloc(0) },
      attempts: 1,
      replayCount: 0,
    },
    ...over,
  };
}

test('a webhook is signed by its bytes, id and time, and by the old secret too while that holds', async () => {
  const server = await receiver();
  const until = new Date(Date.now() + 60_000).toISOString();
  const both = { current: SECRET, previous: { secret: OLD, until } };
  const sent = aNotification(`${server.url}/hook?of=kiln`);
  expect(await notifier().send(sent, both, never)).toEqual({ what: 'delivered', responseStatus: 204 });
  const [{ headers, body, method, path }] = server.received as [(typeof server.received)[0]];
  expect([method, path, body]).toEqual(['POST', '/hook?of=kiln', sent.payload]);
  expect(headers).toMatchObject({
    'webhook-id': sent.id,
    'content-type': 'application/json',
    'user-agent': 'Kiln/0.0.0',
  });
  for (const each of [SECRET, OLD]) new Webhook(each).verify(body, headers as Record<string, string>);
  expect(() => new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>)).toThrow();

  const past = { current: SECRET, previous: { secret: OLD, until: new Date(0).toISOString() } };
  await notifier().send(sent, past, never);
  expect(() =>
    new Webhook(OLD).verify(body, server.received[1]!.headers as Record<string, string>),
  ).toThrow();
});

test('a receiver that hangs, cuts, refuses, or asks for a pause has failed, and says how', async () => {
  const hangs = await receiver(() => undefined);
  const cuts = await receiver((response) => response.destroy());
  const pauses = await receiver((response) => response.writeHead(503, { 'retry-after': '7' }).end('later'));
  const send = (url: string) => notifier(loopback, 300).send(aNotification(url), secret, never);
  expect(await send(hangs.url)).toMatchObject({
    what: 'failed',
    because: 'It has not answered within 0.3 s.',
  });
  expect(await send(cuts.url)).toMatchObject({
    what: 'failed',
    because: expect.stringContaining('cut the connection'),
  });
  expect(await send(pauses.url)).toMatchObject({ what: 'failed', responseStatus: 503, askedPauseMs: 7_000 });
  await hangs.close();
  expect(await send(hangs.url)).toMatchObject({
    what: 'failed',
    because: expect.stringContaining('ECONNREFUSED'),
  });
});

test('an answer without end is not read to its end', async () => {
  const endless = await receiver((response) => {
    response.writeHead(500);
    const more = (): void =>
      void (response.destroyed || response.write('x'.repeat(100_000), () => setImmediate(more)));
    more();
  });
  const result = await notifier(loopback, 10_000).send(aNotification(endless.url), secret, never);
  expect(result).toMatchObject({ what: 'failed', responseStatus: 500 });
  if (result.what !== 'delivered') expect(result.because.length).toBeLessThan(400);
});

test('a redirect is not followed', async () => {
  const inner = await receiver();
  const server = await receiver((response) => response.writeHead(307, { location: inner.url }).end());
  const result = await notifier().send(aNotification(server.url), secret, never);
  expect(result).toMatchObject({ what: 'failed', responseStatus: 307 });
  expect(inner.received).toEqual([]);
});

test('no connection goes to an address of a closed network, whatever name leads there', async () => {
  const server = await receiver();
  const names = [
    'localhost',
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '169.254.169.254',
    '127.1',
    '0x7f.1',
  ];
  for (const name of names) {
    const result = await notifier([]).send(aNotification(`http://${name}:${server.port}/`), secret, never);
    expect(result).toMatchObject({ what: 'dead', because: expect.stringContaining('KILN_ALLOWED_NETWORKS') });
  }
  expect(server.received).toEqual([]);
});

test('a name that leads elsewhere when it is asked again is judged by what the connection goes to', async () => {
  const server = await receiver();
  const outside = [parseNetwork('203.0.113.0/24')!];
  const url = `http://rebinds.example.com:${server.port}/`;
  answers.queue = ['203.0.113.9', '127.0.0.1'];
  const asked = answers.asked;
  const first = await notifier(outside, 2_000).send(aNotification(url), secret, never);
  expect(first.what).toBe('failed');
  expect(answers.asked - asked).toBe(1);
  const second = await notifier(outside, 2_000).send(aNotification(url), secret, never);
  expect(second.what).toBe('dead');
  expect(server.received).toEqual([]);
});

test('each git host gets the request that its API asks for', async () => {
  const server = await receiver((response) => response.writeHead(201).end('{}'));
  const token = { current: 'token-0123456789', previous: null };
  for (const kind of ['github', 'gitlab', 'gitea'] as const)
    expect(await notifier().send(aNotification(`${server.url}/api`, kind), token, never)).toMatchObject({
      what: 'delivered',
    });
  const [github, gitlab, gitea] = server.received as [Received1, Received1, Received1];
  const { commit, build_id } = EXAMPLE_PAYLOAD.data;
  const common = { description: 'Build #12 succeeded', target_url: `https://k.example.com/${build_id}` };
  expect(github).toMatchObject({ method: 'POST', path: `/api/repos/team/app/statuses/${commit}` });
  expect(github.headers).toMatchObject({
    ...{ authorization: 'Bearer token-0123456789', accept: 'application/vnd.github+json' },
    ...{
      'x-github-api-version': '2022-11-28',
      'content-type': 'application/json',
      'user-agent': 'Kiln/0.0.0',
    },
  });
  expect(JSON.parse(github.body)).toEqual({ state: 'success', context: 'kiln/app', ...common });
  expect(gitlab).toMatchObject({ method: 'POST', path: `/api/projects/team%2Fapp/statuses/${commit}` });
  expect(gitlab.headers).toMatchObject({ 'private-token': 'token-0123456789' });
  expect(gitlab.headers.authorization).toBeUndefined();
  expect(JSON.parse(gitlab.body)).toEqual({ state: 'success', name: 'kiln/app', ref: 'main', ...common });
  expect(gitea).toMatchObject({ method: 'POST', path: `/api/repos/team/app/statuses/${commit}` });
  expect(gitea.headers).toMatchObject({ authorization: 'token token-0123456789' });
  expect(JSON.parse(gitea.body)).toEqual({ state: 'success', context: 'kiln/app', ...common });
  for (const { headers } of server.received) expect(headers['webhook-signature']).toBeUndefined();
});

test('a test of a git host asks for something that the token may read', async () => {
  const server = await receiver((response, { headers }) =>
    response.writeHead(headers['private-token'] === 'good-token' ? 200 : 401).end(),
  );
  const test = aNotification(server.url, 'gitlab', { eventType: 'test', payload: '{"type":"test"}' });
  const ask = (current: string) => notifier().send(test, { current, previous: null }, never);
  expect(await ask('good-token')).toMatchObject({ what: 'delivered' });
  expect(await ask('bad-token')).toMatchObject({ what: 'failed', responseStatus: 401 });
  expect(server.received[0]).toMatchObject({ method: 'GET', path: '/personal_access_tokens/self' });
});

type Received1 = Awaited<ReturnType<typeof aReceiver>>['received'][number];
