import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addSchedule, backfillSchedule, listTicks } from '../../src/contracts/schedule-operations.js';
import type { Schedule } from '../../src/contracts/schedules.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const ALL = '/v1/projects/app/schedules';
const NIGHTLY = addSchedule.example.answer.body as Schedule;
const { git_url: git, git_branch: branch } = NIGHTLY;

let api: FakeApi;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-schedules-'));
  api = await startFakeApi();
  api.on(`GET ${ALL}`, (_request, response) =>
    json(response, 200, {
      items: [
        NIGHTLY,
        {
          ...NIGHTLY,
          schedule_name: 'weekly',
          is_active: false,
          pause_note: 'moving',
          next_trigger_at: null,
          trouble: 'Temporal does not answer.',
        },
      ],
    }),
  );
  api.on(`GET ${ALL}/nightly`, (_request, response) => json(response, 200, NIGHTLY));
  api.on(`GET ${ALL}/nightly/ticks`, (_request, response) =>
    json(response, 200, {
      items: [
        ...listTicks.example.answer.body.items,
        {
          ...{ scheduled_at: '2026-03-29T01:30:00.000Z', kind: 'clock', status: 'skipped', build_id: null },
          ...{ build_number: null, reason: 'a build of this schedule still ran: #3' },
        },
      ],
    }),
  );
  for (const method of ['POST', 'PATCH']) {
    const path = method === 'POST' ? ALL : `${ALL}/nightly`;
    api.on(`${method} ${path}`, (_request, response) =>
      json(response, method === 'POST' ? 201 : 200, NIGHTLY),
    );
  }
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const run = (...argv: string[]) => runKiln(['schedules', ...argv], { apiUrl: api.url });
const sent = (request: string): unknown => JSON.parse(api.requests(request)[0]?.body ?? 'null');

test('`schedules` shows when each runs next, what is paused and what is not in step', async () => {
  const { stdout, exitCode } = await run('--project', 'app');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^app\/nightly +active +30 2 \* \* \* +Europe\/Berlin +main +2026-05-05 02:30 \+02:00$/m,
  );
  expect(stdout).toMatch(/^app\/weekly +paused .* -$/m);
  expect(stdout).toContain('  paused: moving\n  not in step with Temporal: Temporal does not answer.');
});

test('`schedules` without a project shows those of all', async () => {
  const items = [NIGHTLY, { ...NIGHTLY, project: 'web', schedule_name: 'weekly' }];
  api.on('GET /v1/schedules', (_request, response) => json(response, 200, { items }));
  const { stdout } = await run();
  expect(stdout).toMatch(/^app\/nightly .*\nweb\/weekly /m);
});

test('`schedules add` sends what was said and shows the next five runs, there and in UTC', async () => {
  const preset = join(folder, 'preset.json');
  await writeFile(preset, '{"priority": -10}');
  const flags = [
    '--timezone',
    'Europe/Berlin',
    '--git',
    git,
    '--branch',
    branch,
    '--jitter',
    '10m',
    '--preset',
    preset,
  ];
  const { stdout } = await run('add', 'app/nightly', '--cron', '30 2 * * *', ...flags);
  expect(sent(`POST ${ALL}`)).toEqual({
    ...{ schedule_name: 'nightly', cron_expression: '30 2 * * *', timezone: 'Europe/Berlin', git_url: git },
    ...{ git_branch: branch, jitter_seconds: 600, build_config_preset: { priority: -10 } },
  });
  expect(stdout.match(/^ +2026-05-0\d 02:30 \+02:00 +2026-05-0\d 00:30 UTC$/gm)).toHaveLength(5);
});

test.each([
  [['--cron', '30 25 * * *'], /--cron 30 25 \* \* \*: hour: expected 0 to 23/],
  [
    ['--cron', '@daily', '--timezone', 'Europe/Berln'],
    /--timezone Europe\/Berln: expected an IANA time zone such as `Europe\/Berlin`/,
  ],
  [['--cron', '0 0 30 2 *'], /there is no such day/],
])('`schedules add` refuses %j before it asks, by the flag', async (flags, message) => {
  const { stderr, exitCode } = await run('add', 'app/nightly', '--git', git, '--branch', branch, ...flags);
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(message);
  expect(api.requests(`POST ${ALL}`)).toEqual([]);
});

test('`schedules show` tells what became of its times, with the reason', async () => {
  const { stdout } = await run('show', 'nightly', '-p', 'app');
  expect(stdout).toMatch(/^ +2026-05-04 02:30 \+02:00 +clock +app#1/m);
  expect(stdout).toMatch(
    /^ +2026-03-29 03:30 \+02:00 +clock +skipped +a build of this schedule still ran: #3$/m,
  );
});

test('`schedules set`, `pause` and `resume` change what is named alone', async () => {
  await run('set', 'app/nightly', '--overlap', 'buffer_one', '--no-method');
  await run('pause', 'app/nightly', '--note', 'moving');
  await run('resume', 'app/nightly');
  expect(api.requests(`PATCH ${ALL}/nightly`).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    { build_method: null, overlap: 'buffer_one' },
    { is_active: false, pause_note: 'moving' },
    { is_active: true },
  ]);
});

test('`schedules backfill` takes days and says how many builds are on their way', async () => {
  api.on(`POST ${ALL}/nightly/backfill`, (_request, response) =>
    json(response, 202, backfillSchedule.example.answer.body),
  );
  const { stdout } = await run(
    'backfill',
    'app/nightly',
    '--from',
    '2026-05-03',
    '--to',
    '2026-05-04T00:00Z',
  );
  expect(sent(`POST ${ALL}/nightly/backfill`)).toEqual({
    from: '2026-05-03T00:00:00.000Z',
    to: '2026-05-04T00:00:00.000Z',
  });
  expect(stdout).toMatch(/^1 of 1 times are on their way; `kiln schedules show app\/nightly`/);
});

test('a name without a project says what to write', async () => {
  const { stderr, exitCode } = await run('rm', 'nightly');
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('PROJECT/nightly');
});
