import { QUEUE_DEFAULTS } from '../../src/domain/dispatch/queue-settings.js';
import { showLimits } from '../../src/api/handlers/limits/show-limits.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
  const set = { tenant: { log_head_bytes: 2048 }, project: { step_timeout_seconds: 1800 } };
  const limits = showLimits(set, { image_max_bytes: 2 * 1024 ** 3 }, 'app');
  api.on('GET /v1/limits', (_request, response) => json(response, 200, limits));
  api.on('PATCH /v1/limits', (_request, response) => json(response, 200, limits));
});
afterEach(() => api.close());

const run = (...argv: string[]) => runKiln(['limits', ...argv], { apiUrl: api.url });
const sent = () => {
  const [request] = api.requests('PATCH /v1/limits');
  return { query: request?.query.toString(), body: JSON.parse(request?.body ?? '{}') as unknown };
};

test('`limits` shows each limit as people write it, and where it comes from', async () => {
  const { stdout, exitCode } = await run('--project', 'app');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^step_timeout_seconds +30m +project$/m);
  expect(stdout).toMatch(/^log_head_bytes +2KiB +tenant$/m);
  expect(stdout).toMatch(/^image_max_bytes +2GiB +installation$/m);
  expect(stdout).toMatch(/^max_queued_wait_minutes +1d +built in$/m);
  expect(api.requests('GET /v1/limits')[0]?.query.get('project')).toBe('app');
});

test('`limits set` takes units and sends whole numbers', async () => {
  await run('set', '--project', 'app', 'step_timeout_seconds=30m', 'image_max_bytes=2GiB');
  expect(sent()).toEqual({
    query: 'project=app',
    body: { step_timeout_seconds: 1800, image_max_bytes: 2 * 1024 ** 3 },
  });
});

test('`limits set` sends settings of the queue as what they are, and `limits` shows them', async () => {
  const limits = showLimits({ tenant: {}, project: {} }, {}, null, {
    ...QUEUE_DEFAULTS,
    max_concurrent_builds: 4,
  });
  api.on('PATCH /v1/limits', (_request, response) => json(response, 200, limits));
  const { stdout } = await run(
    ...['set', 'max_concurrent_builds=4', 'on_limit=supersede', 'priority_dispatch_enabled=false'],
  );
  expect(sent()).toEqual({
    query: '',
    body: { max_concurrent_builds: 4, on_limit: 'supersede', priority_dispatch_enabled: false },
  });
  expect(stdout).toMatch(/^max_concurrent_builds +4$/m);
  expect(stdout).toMatch(/^kaniko_max_concurrent +-$/m);
});

test('`limits unset` takes limits of the tenant back', async () => {
  const { stdout } = await run('unset', 'step_timeout_seconds', '--json');
  expect(sent()).toEqual({ query: '', body: { step_timeout_seconds: null } });
  expect(JSON.parse(stdout)).toMatchObject({ project: 'app' });
});

test.each([
  [['set', 'step_timeout=5'], 'step_timeout: is no limit; there are build_timeout_seconds'],
  [['set', 'step_timeout_seconds=fast'], 'step_timeout_seconds: expected seconds, or a number with s, m, h'],
  [['set', 'step_timeout_seconds'], 'step_timeout_seconds: expected NAME=VALUE'],
  [['set', 'log_tail_bytes=1TiB'], 'log_tail_bytes: expected 1KiB to 64MiB'],
  [['set', 'on_limit=drop'], 'on_limit: expected queue, reject, supersede'],
  [['set', 'priority_dispatch_enabled=yes'], 'priority_dispatch_enabled: expected true or false'],
  [['set', 'max_concurrent_builds=-1'], 'max_concurrent_builds: expected a whole number'],
  [['unset', 'nothing'], 'nothing: is no limit'],
  [['set', 'weight=2'], '`kiln limits weights TENANT=WEIGHT`'],
])('%j is refused with what was expected, before anything is sent', async (argv, text) => {
  const { exitCode, stderr } = await run(...argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(text);
  expect(api.seen).toEqual([]);
});

test('`limits weights` gives tenants their weights, and shows those of all', async () => {
  const weights = { items: [{ tenant: 'team-b', weight: 3 }] };
  api.on('PUT /v1/limits/weights/team-b', (_request, response) => json(response, 200, weights));
  const { stdout } = await run('weights', 'team-b=3');
  expect(JSON.parse(api.requests('PUT /v1/limits/weights/team-b')[0]?.body ?? '')).toEqual({ weight: 3 });
  expect(stdout).toMatch(/^team-b +3$/m);
  expect((await run('weights', 'team-b=0')).stderr).toContain(
    'team-b=0: expected TENANT=WEIGHT with a weight from 1 to 1000',
  );
});
