import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-flags-'));
  await writeFile(join(folder, 'no-json'), '{');
  await writeFile(join(folder, 'list.json'), '[]');
  await writeFile(join(folder, 'word.json'), '{"options": {"target_stage": "${brnch}"}}');
  await writeFile(join(folder, 'field.json'), '{"optoins": {}}');
  await writeFile(join(folder, 'short'), 'abc');
  await writeFile(join(folder, 'empty'), '');
  api = await startFakeApi();
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const HUGE = 'x'.repeat(10_000);
const URL = 'https://github.com/team/app.git';
const refused = async (argv: readonly string[], named: RegExp): Promise<void> => {
  const { exitCode, stderr } = await runKiln(argv, { apiUrl: api.url, cwd: folder });
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(named)]);
  // What to write, and no word of the schema's own.
  expect(stderr).not.toMatch(/Invalid input|Unrecognized|undefined|internal/);
  expect(api.seen).toEqual([]);
};

const schedule = (flag: string, value: string): string[] => {
  const flags = { '--cron': '@daily', '--git': URL, '--branch': 'main', [flag]: value };
  return ['schedules', 'add', 'app/nightly', ...Object.entries(flags).flat()];
};
test.each([
  ['--cron', '', /--cron ?: expected five fields .*found nothing/],
  ['--cron', '0 30 2 * * *', /--cron 0 30 2 \* \* \*: expected five fields .*found 6 fields; `30 2/],
  ['--cron', '@dialy', /--cron @dialy: there is no "@dialy"; there are @hourly/],
  ['--cron', '0 0 30 2 *', /--cron 0 0 30 2 \*: there is no such day; `0 2 1/],
  ['--cron', HUGE, /--cron x{199}…: expected at most 200 characters/],
  ['--timezone', '', /--timezone ?: expected an IANA time zone such as `Europe\/Berlin`/],
  ['--timezone', 'Europe/Berln', /--timezone Europe\/Berln: expected an IANA/],
  ['--git', '', /--git ?: /],
  ['--git', 'file:///etc', /--git file:\/\/\/etc: .*https/],
  ['--branch', '', /--branch ?: expected the name of a branch, such as main/],
  ['--branch', 'refs/heads/main', /--branch refs\/heads\/main: expected the name of a branch/],
  ['--branch', 'a..b', /--branch a\.\.b: expected the name/],
  ['--method', 'make', /--method make: There is no such build method; there are/],
  ['--preset', 'nothing.json', /--preset .*nothing\.json.*cannot be read/],
  ['--preset', 'no-json', /--preset .*no-json.*is no JSON/],
  ['--preset', 'list.json', /--preset.*: expected fields with values \(an object\)/],
  ['--preset', 'word.json', /--preset.*brnch/],
  ['--preset', 'field.json', /--preset.*optoins/],
  ['--jitter', 'soon', /--jitter.*Give seconds/],
  ['--jitter', '2h', /--jitter 7200: expected at most 3600/],
  ['--overlap', 'wait', /--overlap.*skip, buffer_one/],
  ['--catch-up', '1s', /--catch-up 1: expected at least 60/],
  ['--catch-up', '', /--catch-up.*Give seconds/],
])('`kiln schedules add %s %j` names the flag and what to write', async (flag, value, named) => {
  await refused(schedule(flag, value), named);
});

test.each([
  [
    ['add', 'app/Nightly', '--cron', '@daily', '--git', URL, '--branch', 'main'],
    /The name Nightly: .*nightly/,
  ],
  [['add', 'app/nightly'], /--cron: is missing.*--git: is missing.*--branch: is missing/],
  [['add', 'nightly', '--cron', '@daily'], /names no project.*PROJECT\/nightly/s],
  [['--project', ''], /--project.*may not be empty/],
  [['show', 'nightly', '-p', ''], /--project.*may not be empty/],
  [['set', 'app/nightly'], /Nothing to change was named/],
  [['pause', 'app/nightly', '--note', HUGE], /--note x+…: expected at most 500 characters/],
  [['backfill', 'app/nightly', '--from', 'then', '--to', '2026-05-04'], /--from.*2026-05-01/],
  [['backfill', 'app/nightly', '--from', '2026-05-04', '--to', '2026-05-01'], /--to .*comes before/],
])('`kiln schedules %j` says what is wrong', async (argv, named) => {
  await refused(['schedules', ...argv], named);
});

const webhook = (flag: string, value: string): string[] => {
  const flags = { '--project': 'app', '--repository': URL, [flag]: value };
  return ['webhooks', 'add', 'app-main', ...Object.entries(flags).flat()];
};
test.each([
  ['--project', '', /--project ?: may not be empty/],
  ['--project', HUGE, /--project x+…: expected at most 100 characters/],
  ['--provider', 'svn', /--provider.*github, gitlab/],
  ['--repository', '', /--provider/],
  ['--repository', 'https://github.com', /--repository https:\/\/github\.com: /],
  ['--event', '', /--event ?: expected one of push, tag/],
  ['--branch', '', /--branch ?: A pattern needs text: write \*\*/],
  ['--branch', HUGE, /--branch x+…: A pattern has 200 characters at most/],
  ['--tag', 'refs/tags/v*', /--tag refs\/tags\/v\*: Leave "refs\/tags\/" out/],
  ['--path', '/web', /--path \/web: Leave the slash at the beginning out/],
  ['--method', 'make', /--method make: There is no such build method/],
  ['--destination', 'a:${brnch}', /--destination.*brnch/],
  ['--preset', 'nothing.json', /--preset.*nothing\.json.*cannot be read/],
  ['--preset', 'list.json', /--preset.*expected fields with values/],
  ['--preset', 'field.json', /--preset.*optoins/],
  ['--coalesce', '2h', /--coalesce.*too long/],
  ['--secret-from-file', 'nothing', /--secret-from-file.*cannot be read/],
  [
    '--secret-from-file',
    'empty',
    /--secret-from-file (?:empty|short): expected 16 to 200 visible ASCII characters/,
  ],
  [
    '--secret-from-file',
    'short',
    /--secret-from-file (?:empty|short): expected 16 to 200 visible ASCII characters/,
  ],
])('`kiln webhooks add %s %j` names the flag and what to write', async (flag, value, named) => {
  await refused(webhook(flag, value), named);
});

test.each([
  [['add', 'App', '--project', 'app', '--repository', URL], /The name App: expected lower-case letters/],
  [['set', 'app', '--name', 'A b'], /The name A b: expected lower-case letters/],
  [['--project', ''], /--project.*may not be empty/],
  [['deliveries', 'app', '--status', 'lost'], /--status.*pending/],
  [['deliveries', 'app', '--limit', '0'], /--limit.*Give a whole number from 1 to 100/],
  [['test', 'app', '--tag', ''], /--tag.*expected a branch or a tag/],
])('`kiln webhooks %j` says what is wrong', async (argv, named) => {
  await refused(['webhooks', ...argv], named);
});

test('a secret that is too short is not shown', async () => {
  const { stderr } = await runKiln(webhook('--secret-from-file', 'short'), { apiUrl: api.url, cwd: folder });
  expect(stderr).not.toContain('abc');
});

describe('what Kiln itself refuses', () => {
  const flags = ['--cron', '@daily', '--git', URL, '--branch', 'main'];
  const COMMANDS: readonly [string, readonly string[]][] = [
    ['POST /v1/projects/app/schedules', ['schedules', 'add', 'app/nightly', ...flags]],
    ['PATCH /v1/projects/app/schedules/nightly', ['schedules', 'set', 'app/nightly', ...flags]],
    ['POST /v1/webhooks', webhook('--branch', 'main')],
    ['PATCH /v1/webhooks/app', ['webhooks', 'set', 'app', '--branch', 'main']],
  ];

  test.each(COMMANDS)('of %s is told by the flags', async (route, argv) => {
    const own = await startFakeApi();
    const isSchedule = route.includes('schedules');
    const field = isSchedule ? 'git_url' : 'repository_url';
    const fields = [
      { field: 'build_config_preset.options.target_stage', message: 'there is no such stage' },
      { field, message: 'has a fault' },
    ];
    own.on(route, (_request, response) => problem(response, 'invalid_request', { fields }));
    const said = await runKiln(argv, { apiUrl: own.url });
    own.on(route, (_request, response) =>
      problem(response, 'host_not_allowed', {
        ...{ detail: `${field}: 10.0.0.1 is not allowed.`, fix: 'See KILN_ALLOWED_NETWORKS.' },
        fields: [{ field, message: '10.0.0.1 is not allowed.' }],
      }),
    );
    const { stderr } = await runKiln(argv, { apiUrl: own.url });
    await own.close();

    const flag = isSchedule ? '--git' : '--repository';
    expect(said.stderr).toContain('--preset options.target_stage: there is no such stage');
    expect(said.stderr).toContain(`${flag}: has a fault`);
    expect(stderr).toBe(`✗ ${flag}: 10.0.0.1 is not allowed.\n  → See KILN_ALLOWED_NETWORKS.\n`);
  });

  test.each(COMMANDS)(
    'of %s for a project or thing that is not there is told as Kiln does',
    async (route, argv) => {
      const own = await startFakeApi();
      const detail = 'There is no project "app".';
      own.on(route, (_request, response) => problem(response, 'not_found', { detail, fix: 'Make one.' }));
      const { stderr, exitCode } = await runKiln(argv, { apiUrl: own.url });
      await own.close();
      expect(exitCode).not.toBe(0);
      expect(stderr).toBe(`✗ ${detail}\n  → Make one.\n`);
    },
  );
});
