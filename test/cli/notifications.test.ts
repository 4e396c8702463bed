import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EXAMPLE_NOTIFICATION,
  EXAMPLE_PAYLOAD,
  EXAMPLE_TARGET,
  NotificationPayload,
} from '../../src/contracts/notifications.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let folder: string;
beforeEach(async () => {
  api = await startFakeApi();
  folder = mkdtempSync(join(tmpdir(), 'kiln-cli-notifications-'));
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const run = (...argv: string[]) => runKiln(['notifications', ...argv], { apiUrl: api.url });
const bodyOf = (request: string): unknown => JSON.parse(api.requests(request)[0]?.body ?? '');

test('the documented payload is one', () => {
  expect(NotificationPayload.parse(EXAMPLE_PAYLOAD)).toEqual(EXAMPLE_PAYLOAD);
});

test('`notifications` lists targets with what waits and what was given up', async () => {
  const gone = {
    is_active: false,
    disabled_at: EXAMPLE_TARGET.created_at,
    disabled_reason: 'gone',
    dead_count: 3,
  };
  const items = [EXAMPLE_TARGET, { ...EXAMPLE_TARGET, ...gone, name: 'old', project: null }];
  api.on('GET /v1/notification-targets', (_request, response) => json(response, 200, { items }));
  const { stdout, exitCode } = await run();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^chat +webhook +app +on +0 +0 +https:/m);
  expect(stdout).toMatch(/^old +webhook +all +disabled +0 +3 +https:/m);
});

test('`notifications add` sends what was said, and shows the secret once', async () => {
  api.on('POST /v1/notification-targets', (_request, response) =>
    json(response, 201, { target: EXAMPLE_TARGET, secret: 'whsec_shown-once' }),
  );
  const url = 'https://hooks.example.com/kiln';
  const { stdout } = await run('add', 'chat', '--url', url, '--event', 'failed', '--project', 'app');
  expect(bodyOf('POST /v1/notification-targets')).toEqual({
    ...{ name: 'chat', kind: 'webhook', url, events: ['failed'], project: 'app' },
  });
  expect(stdout).toContain('secret  whsec_shown-once\n');
});

test('the token of a git host comes from a file', async () => {
  writeFileSync(join(folder, 'token.txt'), 'token-0123456789\n');
  const target = { ...EXAMPLE_TARGET, kind: 'github', git_host: 'github.com' };
  api.on('POST /v1/notification-targets', (_request, response) =>
    json(response, 201, { target, secret: null }),
  );
  const { stdout } = await run(
    'add',
    'commits',
    '--kind',
    'github',
    '--token-from-file',
    join(folder, 'token.txt'),
  );
  expect(bodyOf('POST /v1/notification-targets')).toEqual({
    ...{ name: 'commits', kind: 'github', token: 'token-0123456789' },
  });
  expect(stdout).not.toContain('token-0123456789');
});

test.each([
  [['--url', 'https://user:pw@hooks.example.com'], '--url'],
  [['--url', 'ftp://hooks.example.com'], '--url'],
  [['--url', 'https://hooks.example.com', '--event', 'lost'], '--event'],
])('`notifications add` with %j is refused by the flag, before Kiln is asked', async (argv, named) => {
  const { stderr, exitCode } = await run('add', 'chat', ...argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(named);
  expect(api.requests('POST /v1/notification-targets')).toEqual([]);
});

test('`notifications test` fails when the test was not delivered, and says why', async () => {
  const dead = { state: 'dead', event_type: 'test', error_message: 'Nobody listens at its address.' };
  api.on('POST /v1/notification-targets/chat/test', (_request, response) =>
    json(response, 200, { ...EXAMPLE_NOTIFICATION, ...dead }),
  );
  const { stdout, exitCode } = await run('test', 'chat');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('Nobody listens');
});

test('`notifications deliveries` says why one was given up, without what would move the cursor', async () => {
  const dead = { ...EXAMPLE_NOTIFICATION, state: 'dead', error_message: 'It answered 500: \u001b[2Joh' };
  api.on('GET /v1/notification-targets/chat/notifications', (_request, response) =>
    json(response, 200, { items: [dead], next_cursor: null }),
  );
  const { stdout } = await run('deliveries', 'chat', '--state', 'dead');
  expect(stdout).toContain('  It answered 500: oh\n');
});

test('`notifications replay` is for one, or for all that were given up', async () => {
  api.on(`POST /v1/notifications/${EXAMPLE_NOTIFICATION.id}/replay`, (_request, response) =>
    json(response, 200, { ...EXAMPLE_NOTIFICATION, replay_count: 1 }),
  );
  api.on('POST /v1/notification-targets/chat/replay', (_request, response) =>
    json(response, 200, { replayed: 4 }),
  );
  expect((await run('replay', EXAMPLE_NOTIFICATION.id)).stdout).toMatch(/replays +1/);
  expect((await run('replay', '--dead', 'chat')).stdout).toBe('4 are sent again\n');
});

test('`projects badge on` prints what belongs into a README', async () => {
  const badge = { url_path: '/v1/projects/app/badge.svg?token=abc' };
  api.on('POST /v1/projects/app/badge', (_request, response) => json(response, 200, badge));
  const { stdout } = await runKiln(['projects', 'badge', 'on', 'app'], { apiUrl: api.url });
  expect(stdout).toContain(`![build](${api.url}/v1/projects/app/badge.svg?token=abc)`);
});
