import { stripVTControlCharacters } from 'node:util';
import { createStyle } from '../../src/cli/terminal/style.js';
import { displayWidth } from '../../src/cli/terminal/width.js';
import { buildPreviewLines } from '../../src/cli/views/build-prune-lines.js';
import { json, problem, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const ID = '0198f4a2-2222-7000-8000-000000000001';
const NOTHING = { keep_builds: null, older_than_days: null, log_days: null };
const typed = (...args: string[]) => runKiln(['builds', ...args], { apiUrl: api.url });

const judged = (number: number, because: string, change: object = {}) => ({
  ...{ build_id: ID, build_number: number, branch: 'main', status: 'success', because },
  ...{ completed_at: '2026-05-04T10:00:00.000Z', ...change },
});
const GOES = [judged(1, 'it is number 4 of the branch main'), judged(2, 'it is number 3 of the branch main')];
const STAYS = [judged(4, 'it is not over', { status: 'in_progress', completed_at: null })];

/** A Kiln whose project has a rule, lets these builds go, and says of its second answer that the prune is over. */
function lets(project: string, change: object = {}): void {
  const preview = {
    ...{ project, retention: { ...NOTHING, keep_builds: 2 }, goes: GOES, goes_count: 2 },
    ...{ stays: STAYS, stays_count: 1, ...change },
  };
  const prune = {
    ...{ id: ID, project_id: ID, prune_trigger: 'manual', requested_at: '2026-05-05T10:00:00.000Z' },
    ...{ completed_at: null, removed_builds: 0, removed_log_bytes: 0 },
  };
  api.on(`GET /v1/projects/${project}/build-prune`, (_request, response) => json(response, 200, preview));
  api.on(`POST /v1/projects/${project}/build-prune`, (_request, response) => json(response, 202, prune));
  let asked = 0;
  api.on(`GET /v1/build-prunes/${ID}`, (_request, response) => {
    asked += 1;
    const over = { completed_at: '2026-05-05T10:00:01.000Z', removed_builds: 2, removed_log_bytes: 12_000 };
    json(response, 200, asked === 1 ? prune : { ...prune, ...over });
  });
}

describe('kiln builds prune', () => {
  const asked = (project = 'app') => api.requests(`POST /v1/projects/${project}/build-prune`);

  it('shows by --dry-run what would go and what stays, each with why, and removes nothing', async () => {
    lets('app');
    expect(await typed('prune', 'app', '--dry-run')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: [
        'app: of 2 builds only the record will be left, 1 stays',
        '  app#1  success  2026-05-04  it is number 4 of the branch main',
        '  app#2  success  2026-05-04  it is number 3 of the branch main',
        '  what stays:',
        '  app#4  building  it is not over',
        '',
      ].join('\n'),
    });
    expect(asked()).toEqual([]);
  });

  it.each([30, 40, 80])('is no wider than %i columns, and cuts nothing', (columns) => {
    const because = 'the image of other#12 was made from its image, and the branch main has nothing newer';
    const goes = [...GOES, judged(1_203, because, { status: 'cancelled' })];
    const preview = { project: 'app', retention: NOTHING, goes, goes_count: 5, stays: STAYS, stays_count: 1 };
    const plain = buildPreviewLines(preview as never, {
      ...{ columns, style: createStyle(false), withStays: true },
    });
    expect(Math.max(...plain.map(displayWidth))).toBeLessThanOrEqual(columns);
    expect(plain.join(' ').replace(/ +/g, ' ')).toContain(because);
    const coloured = buildPreviewLines(preview as never, {
      ...{ columns, style: createStyle(true), withStays: true },
    });
    expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(plain);
  });

  it('says how many there are beyond those that are named', async () => {
    lets('app', { goes_count: 1_002, stays: [], stays_count: 0 });
    const { stdout } = await typed('prune', 'app', '--dry-run');
    expect(stdout).toContain('of 1002 builds only the record will be left, 0 stay');
    expect(stdout).toContain('  and 1000 builds more\n');
  });

  it('removes nothing without a person to ask, until it is told to', async () => {
    lets('app');
    const ran = await typed('prune', 'app');
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('Add --yes to remove what is shown, or --dry-run to look only.');
    expect(asked()).toEqual([]);
  });

  it('tells what was removed once that is over', async () => {
    lets('app');
    const ran = await typed('prune', 'app', '--yes');
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).not.toContain('what stays');
    expect(ran.stdout).toMatch(/app: 2 builds removed but for the record, with 12\.0 kB of logs\n$/);
    expect(asked()).toHaveLength(1);
  });

  it('asks for no prune where nothing goes', async () => {
    lets('app', { goes: [], goes_count: 0 });
    const ran = await typed('prune', 'app', '--yes');
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'app: nothing goes, 1 stays\n' });
    expect(asked()).toEqual([]);
  });

  it('goes through the projects with a rule for builds where none is named', async () => {
    lets('app');
    const items = ['app', 'logs', 'other'].map((slug) => ({ slug }));
    api.on('GET /v1/projects', (_request, response) => json(response, 200, { items, next_cursor: null }));
    api.on('GET /v1/build-retention', ({ query }, response) => {
      const project = query.get('project');
      const effective =
        project === 'app'
          ? { ...NOTHING, keep_builds: 2 }
          : { ...NOTHING, log_days: project === 'logs' ? 30 : null };
      json(response, 200, { project, set_here: NOTHING, effective });
    });
    const ran = await typed('prune', '--json', '--yes');
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      projects: [{ project: 'app', goes_count: 2, prune: { removed_builds: 2 } }],
    });
    expect(api.seen.map(({ path }) => path)).not.toContain('/v1/projects/logs/build-prune');
  });

  it('says that no project has a rule', async () => {
    api.on('GET /v1/projects', (_request, response) => json(response, 200, { items: [], next_cursor: null }));
    const { exitCode, stdout } = await typed('prune');
    expect([exitCode, stdout]).toEqual([
      0,
      'No project has a rule for builds, so none is ever removed. Set one: kiln builds retention --keep-builds 50\n',
    ]);
  });

  it('tells of a project that there is none', async () => {
    const detail = 'There is no project nope.';
    api.on('GET /v1/projects/nope/build-prune', (_request, response) =>
      problem(response, 'not_found', { detail, fix: 'See `kiln projects`.' }),
    );
    const ran = await typed('prune', 'nope', '--yes');
    expect(ran.exitCode).not.toBe(0);
    expect(ran.stderr).toMatch(/There is no project nope\.[^]*See `kiln projects`\./);
    expect(asked('nope')).toEqual([]);
  });

  it.each([
    [['', '--yes'], /argument 'project'.*may not be empty/],
    [['app', 'other'], /too many arguments for 'prune'\. Expected 1 argument but got 2/],
    [['app', '--keep-builds', '3'], /unknown option '--keep-builds'/],
  ])('refuses %j, and says why', async (args, words) => {
    const ran = await typed('prune', ...args);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(words);
    expect(api.seen).toEqual([]);
  });
});

describe('kiln builds retention', () => {
  beforeEach(() => {
    const answer = ({ query }: { query: URLSearchParams }, response: Parameters<typeof json>[0]): void =>
      json(response, 200, {
        project: query.get('project'),
        set_here: { ...NOTHING, keep_builds: 50 },
        effective: { keep_builds: 50, older_than_days: 90, log_days: 365 },
      });
    api.on('GET /v1/build-retention', answer);
    api.on('PATCH /v1/build-retention', answer);
  });
  const changes = () =>
    api
      .requests('PATCH /v1/build-retention')
      .map(({ query, body }) => [query.get('project'), JSON.parse(body) as unknown]);

  it('shows what holds in words, and what comes from further out', async () => {
    expect(await typed('retention', 'app')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: [
        'app:',
        '  of old builds only the record is kept but for the 50 newest of each branch, those that ended in the last 90 days, and what is in use',
        '  logs are kept for 365 days',
        '  set for all projects or by the operator, not here: --older-than, --log-days',
        '',
      ].join('\n'),
    });
    expect(changes()).toEqual([]);
  });

  it('sets rules of a project, and of all that set none themselves', async () => {
    await typed('retention', 'app', '--keep-builds', '50', '--older-than', '90d');
    const ran = await typed('retention', '--log-days', '365');
    expect(ran.stdout).toMatch(/^every project:\n/);
    expect(changes()).toEqual([
      ['app', { keep_builds: 50, older_than_days: 90 }],
      [null, { log_days: 365 }],
    ]);
  });

  it('takes rules back', async () => {
    await typed('retention', 'app', '--keep-builds', 'none', '--older-than', 'none', '--log-days', 'none');
    expect(changes()).toEqual([['app', NOTHING]]);
  });

  it.each([
    [
      ['--keep-builds', '0'],
      /'--keep-builds <count>' argument '0'.*a whole number, from 1 to 1000000, or none/,
    ],
    [['--keep-builds', '50d'], /'--keep-builds <count>' argument '50d'.*a whole number, from 1/],
    [['--keep-builds', '1e3'], /'--keep-builds <count>' argument '1e3'/],
    [
      ['--older-than', '3w'],
      /'--older-than <days>' argument '3w'.*days, such as 90 or 90d, from 1 to 36500, or none/,
    ],
    [['--older-than', '-1'], /'--older-than <days>' argument/],
    [['--log-days', '36501'], /'--log-days <days>' argument '36501'.*from 1 to 36500, or none/],
    [['--log-days', ''], /'--log-days <days>' argument ''/],
    [['', '--keep-builds', '1'], /argument 'project'.*may not be empty/],
    [['other', '--keep-newest', '3'], /unknown option '--keep-newest'/],
  ])('refuses %j, and names the option and what it takes', async (args, words) => {
    const ran = await typed('retention', ...(args[0]?.startsWith('--') === true ? ['app'] : []), ...args);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(words);
    expect(api.seen).toEqual([]);
  });
});
