import { EXAMPLE_WORKER, EXAMPLE_WORKER_PAGE, type Worker } from '../../src/contracts/workers.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let workers: Worker[];
beforeEach(async () => {
  workers = [EXAMPLE_WORKER];
  api = await startFakeApi();
  api.on('GET /v1/workers', (_request, response) => json(response, 200, { items: workers }));
  api.on('GET /v1/workers/builder-2', (_request, response) => json(response, 200, EXAMPLE_WORKER_PAGE));
});
afterEach(() => api.close());

const run = (...argv: string[]) => runKiln(['workers', ...argv], { apiUrl: api.url });

test('`workers` shows each with its builds, slots, zone and uptime, and why one takes none', async () => {
  workers.push({
    ...EXAMPLE_WORKER,
    ...{
      name: 'b3',
      status: 'degraded',
      running: 0,
      zone: null,
      uptime_percent: null,
      scheduling: 'draining',
    },
    refusal: 'has a builder that does not answer: connection refused',
  });
  const { stdout, exitCode } = await run();
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^builder-2 +healthy +1\/4 +eu-1 +99\.98 % +/m);
  expect(stdout).toMatch(/^b3 +degraded, drained +0\/4 +- +- +/m);
  expect(stdout).toContain(
    '  takes no new builds: b3 has a builder that does not answer: connection refused',
  );
});

test('`workers show` tells what it has, what runs on it and how it was', async () => {
  const { stdout } = await run('show', 'builder-2');
  expect(stdout).toMatch(/^ +tools +buildctl=0\.29\.0 runc=1\.3\.6$/m);
  expect(stdout).toMatch(/^ +disk +81\.0 GB free, 2\.0 GB in reserve, room for 9000000 files$/m);
  expect(stdout).toContain('runs app#3 (attempt 1)');
  expect(stdout).toMatch(/^ +2026-05-03 10:06 +until now +up$/m);
});

test('`workers add` shows the token once, with what to do with it', async () => {
  const added = { worker: EXAMPLE_WORKER, token: 'kilnw_abc' };
  api.on('POST /v1/workers', (_request, response) => json(response, 201, added));
  const { stdout } = await run('add', 'builder-2', '--shared');
  expect(JSON.parse(api.requests('POST /v1/workers')[0]?.body ?? '')).toEqual({
    name: 'builder-2',
    is_shared: true,
  });
  expect(stdout).toContain(`KILN_WORKER_ID=${EXAMPLE_WORKER.id}\n`);
  expect(stdout).toContain('KILN_WORKER_TOKEN=kilnw_abc\n');
});

test('`workers drain` waits until nothing runs on it, `--no-wait` does not', async () => {
  let left = 2;
  const draining = { ...EXAMPLE_WORKER, scheduling: 'draining' as const, refusal: 'is being drained' };
  api.on('PATCH /v1/workers/builder-2', (_request, response) => json(response, 200, draining));
  api.on('GET /v1/workers/builder-2', (_request, response) => {
    left -= 1;
    const drained = { ...EXAMPLE_WORKER_PAGE, running: left, refusal: 'is drained' };
    json(response, 200, drained);
  });
  expect((await run('drain', 'builder-2', '--no-wait')).stdout).toContain('it is being drained');
  expect(left).toBe(2);
  const { stdout, exitCode } = await run('drain', 'builder-2');
  expect([left, exitCode]).toEqual([0, 0]);
  expect(stdout).toBe(
    'builder-2 takes no new builds; 1 still run\nbuilder-2 takes no new builds: it is drained\n',
  );
});

test('a name that is none is refused before anything is sent', async () => {
  const { exitCode, stderr } = await run('add', 'a/b');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('The name');
  expect(api.seen).toEqual([]);
});
