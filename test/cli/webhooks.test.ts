import { EXAMPLE_DELIVERY, EXAMPLE_WEBHOOK } from '../../src/contracts/webhooks.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const run = (...argv: string[]) => runKiln(['webhooks', ...argv], { apiUrl: api.url });
const bodyOf = (request: string): unknown => JSON.parse(api.requests(request)[0]?.body ?? '');

test('`webhooks` lists them with their state and what came last', async () => {
  const last = { last_delivery_at: new Date().toISOString(), last_delivery_status: 'ignored' as const };
  const items = [EXAMPLE_WEBHOOK, { ...EXAMPLE_WEBHOOK, ...last, name: 'b', is_verified: true }];
  api.on('GET /v1/webhooks', (_request, response) => json(response, 200, { items }));
  const { stdout, exitCode } = await run();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^app-main +app +github +not verified +never +https:/m);
  expect(stdout).toMatch(/^b +app +github +verified +ignored, /m);
});

test('`webhooks add` knows the provider, and shows URL and secret once with where they belong', async () => {
  api.on('POST /v1/webhooks', (_request, response) =>
    json(response, 201, { webhook: EXAMPLE_WEBHOOK, secret: 'shown-once-0123456789' }),
  );
  const { stdout } = await run(
    ...['add', 'app-main', '--project', 'app', '--repository', 'https://github.com/team/app.git'],
    ...[
      '--branch',
      'main',
      '--branch',
      '!old',
      '--destination',
      'r.example.com/app:${branch}',
      '--coalesce',
      '1m',
    ],
  );
  expect(bodyOf('POST /v1/webhooks')).toEqual({
    ...{ name: 'app-main', project: 'app', provider: 'github' },
    repository_url: 'https://github.com/team/app.git',
    branch_patterns: ['main', '!old'],
    build_config_preset: { destinations: ['r.example.com/app:${branch}'] },
    coalesce_seconds: 60,
  });
  expect(stdout).toContain(`URL     ${api.url}/v1/webhooks/${EXAMPLE_WEBHOOK.id}\n`);
  expect(stdout).toContain('secret  shown-once-0123456789\n');
  expect(stdout).toContain('Settings, Webhooks, Add webhook');
});

test.each([
  [['--repository', 'https://git.example.com/a.git'], '--provider'],
  [['--repository', 'https://github.com/a/b.git', '--branch', '[a]'], '--branch [a]'],
  [['--repository', 'https://github.com/a/b.git', '--destination', 'r.test/a:${brnch}'], '--destination'],
  [['--repository', 'https://github.com/a/b.git', '--event', 'pushes'], '--event pushes'],
])('`webhooks add` with %j is refused by the flag, before Kiln is asked', async (argv, named) => {
  const { stderr, exitCode } = await run('add', 'app-main', '--project', 'app', ...argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(named);
  expect(api.requests('POST /v1/webhooks')).toEqual([]);
});

test('`webhooks` and its page say when the heads were read, and why they could not be', async () => {
  const troubled = {
    ...EXAMPLE_WEBHOOK,
    ...{ reconciled_at: null, reconcile_trouble_at: new Date().toISOString() },
    reconcile_trouble: 'The git server refused the credentials.\u001b[2J',
  };
  api.on('GET /v1/webhooks', (_request, response) => json(response, 200, { items: [troubled] }));
  expect((await run()).stdout).toMatch(
    /^ +heads could not be read .+: The git server refused the credentials\.\n/m,
  );
  api.on('GET /v1/webhooks/app-main', (_request, response) => json(response, 200, troubled));
  expect((await run('show', 'app-main')).stdout).toMatch(/^ +heads +not read yet\n +trouble +heads could/m);
  api.on('GET /v1/webhooks/app-main', (_request, response) => json(response, 200, EXAMPLE_WEBHOOK));
  const { stdout } = await run('show', 'app-main');
  expect(stdout).toMatch(/^ +heads +read /m);
  expect(stdout).not.toContain('trouble');
});

test('`webhooks reconcile` has the heads read', async () => {
  api.on('POST /v1/webhooks/app-main/reconcile', (_request, response) =>
    json(response, 202, EXAMPLE_WEBHOOK),
  );
  const { stdout, exitCode } = await run('reconcile', 'app-main');
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`The branches and tags of ${EXAMPLE_WEBHOOK.repository_url} are read now.`);
});

test('`webhooks set` sends what was said, and nothing else', async () => {
  api.on('PATCH /v1/webhooks/app-main', (_request, response) => json(response, 200, EXAMPLE_WEBHOOK));
  await run('set', 'app-main', '--off', '--no-auto-build');
  expect(bodyOf('PATCH /v1/webhooks/app-main')).toEqual({ is_active: false, auto_build_enabled: false });
  expect((await run('set', 'app-main')).exitCode).toBe(2);
});

test('`webhooks deliveries` says why one has no build, without what would move the cursor', async () => {
  const items = [
    EXAMPLE_DELIVERY,
    {
      ...EXAMPLE_DELIVERY,
      ...({ status: 'ignored', build_id: null, build_number: null, ref: null } as const),
      reason: 'The message says [skip ci].\u001b[2J',
    },
  ];
  api.on('GET /v1/webhooks/app-main/deliveries', (_request, response) =>
    json(response, 200, { items, next_cursor: null }),
  );
  const { stdout } = await run('deliveries', 'app-main', '--status', 'ignored');
  expect(stdout).toMatch(/ push +started +#12 +refs\/heads\/main$/m);
  expect(stdout).toMatch(/ push +ignored +- +-$\n {2}The message says \[skip ci\]\.$/m);
});

test('`webhooks replay`, `approve` and `reject` show what becomes of the delivery', async () => {
  const waiting = { ...EXAMPLE_DELIVERY, status: 'awaiting_approval' as const, without_secrets: true };
  const path = `POST /v1/webhook-deliveries/${EXAMPLE_DELIVERY.id}`;
  api.on(`${path}/replay`, (_request, response) => json(response, 200, waiting));
  api.on(`${path}/approve`, (_request, response) => json(response, 200, EXAMPLE_DELIVERY));
  const rejection = { rejected_at: EXAMPLE_DELIVERY.created_at, decided_by: 'admin' };
  api.on(`${path}/reject`, (_request, response) =>
    json(response, 200, { ...waiting, ...rejection, status: 'rejected' as const }),
  );

  const replayed = await run('replay', EXAMPLE_DELIVERY.id, '--again');
  expect(bodyOf(`${path}/replay`)).toEqual({ again: true });
  expect(replayed.stdout).toContain(`kiln webhooks approve ${EXAMPLE_DELIVERY.id}`);
  expect(replayed.stdout).toMatch(/secrets +none/);
  expect((await run('approve', EXAMPLE_DELIVERY.id)).stdout).toMatch(/status +started/);
  expect((await run('reject', EXAMPLE_DELIVERY.id)).stdout).toMatch(/rejected +\S+Z, by admin$/m);
});

describe('`webhooks test`', () => {
  const reason = 'A test. What is like it builds refs/heads/main.';
  const receipt = {
    ...{ delivery: EXAMPLE_DELIVERY.id, status: 'ignored' as const, reason },
    ...{ build_id: null, is_duplicate: false },
  };
  beforeEach(() => {
    api.on('GET /v1/webhooks/app-main', (_request, response) => json(response, 200, EXAMPLE_WEBHOOK));
    api.on('POST /v1/webhooks/app-main/test', (_request, response) =>
      json(response, 200, { headers: { 'x-github-event': 'push' }, body: '{"ref":1}' }),
    );
  });

  test('sends what Kiln has signed to the address, without a token, and shows what would come of it', async () => {
    api.on(`EARLY POST ${EXAMPLE_WEBHOOK.url_path}`, (_request, response) => json(response, 200, receipt));
    const { stdout, exitCode } = await run('test', 'app-main', '--branch', 'main');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(reason)]);
    const [sent] = api.requests(`POST ${EXAMPLE_WEBHOOK.url_path}`);
    expect(sent?.headers).toMatchObject({ 'x-github-event': 'push', 'content-length': '9' });
    expect(sent?.headers).not.toHaveProperty('authorization');
    expect(bodyOf('POST /v1/webhooks/app-main/test')).toEqual({ ref: 'refs/heads/main' });
  });

  test('says why its request was not taken, and by which address', async () => {
    api.on(`EARLY POST ${EXAMPLE_WEBHOOK.url_path}`, (_request, response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<h1>Bad Gateway</h1>');
    });
    const { stderr, exitCode } = await run('test', 'app-main', '--url', `${api.url}/`);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('502');
    expect(stderr).toContain(EXAMPLE_WEBHOOK.url_path);
  });

  test.each([
    [['--branch', 'a..b'], '--branch'],
    [['--branch', 'main', '--tag', 'v1'], '--tag'],
    [['--url', 'kiln.example.com'], '--url'],
  ])('refuses %j by the flag', async (argv, named) => {
    const { stderr, exitCode } = await run('test', 'app-main', ...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(named)]);
  });
});
