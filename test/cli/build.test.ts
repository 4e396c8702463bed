import type { FakeApi } from './support/fake-api.js';
import { aFolderAndKiln, endsAs, ID, success, UPLOAD } from './support/fake-build.js';
import { aBuild, aFailure } from '../support/api-records.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let home: string;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ api, home, end } = await aFolderAndKiln());
});
afterEach(() => end());

const build = (argv: string[] = [], options: { json?: boolean } = {}) =>
  runKiln(['build', 'My App', ...(options.json === false ? [] : ['--json']), ...argv], {
    apiUrl: api.url,
    cwd: home,
  });

describe('kiln build', () => {
  it.each([
    [['--priority', '-5'], -5],
    [['--priority=-5'], -5],
    [['--priority', '-100'], -100],
    [['--priority', '100'], 100],
  ])('sends the priority of %j', async (argv, priority) => {
    endsAs(api, success);
    expect((await build(argv)).exitCode).toBe(0);
    const [request] = api.requests('POST /v1/projects/my-app/builds');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ priority });
  });

  it.each([
    ['success', success, 0],
    ['a failed step', aFailure({ id: ID }), 1],
    ['a cancel', aBuild({ id: ID, status: 'cancelled' }), 3],
    ['a timeout', aFailure({ id: ID, result: { status: 'timeout' } }), 4],
  ])('exits with the outcome: %s', async (_what, outcome, exitCode) => {
    endsAs(api, outcome);
    const ran = await build();
    expect(ran.exitCode).toBe(exitCode);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      build_id: ID,
      status: outcome.status,
      result: outcome.result.status,
    });
  });

  it('prints exactly one JSON line, and nothing on stderr that nobody watches', async () => {
    endsAs(api, success);
    const ran = await build();
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(ran.stdout)).toEqual({
      build_id: ID,
      project: 'hello',
      build_number: 12,
      status: 'success',
      result: 'success',
      image: success.result.output_image_url,
      digest: success.result.output_image_digest,
      destinations: success.destinations,
      seconds: 14.2,
      steps: 2,
      cached_steps: 1,
      warnings: 0,
      failure: null,
    });
    expect(ran.stderr).toBe('');
  });

  it('says in JSON why a build failed', async () => {
    endsAs(api, aFailure({ id: ID }));
    const { failure } = JSON.parse((await build()).stdout) as { failure: object };
    expect(failure).toMatchObject({
      code: 'build_step_failed',
      stage: 'build',
      step: 3,
      exit_code: 2,
      retryable: false,
    });
  });

  it('appends steps and log to stderr without a terminal, and the result to stdout', async () => {
    endsAs(api, success);
    const ran = await build([], { json: false });
    expect(ran.stderr).toContain('hello#12 queued\nhello#12 building\n');
    expect(ran.stderr).toContain('#2 compiling\n');
    expect(ran.stderr).toContain('Kiln has the context: 2 files, 26 B');
    expect(ran.stderr).not.toContain('\u001b');
    expect(ran.stdout).toContain('✓ hello#12 success in 14.2s (2 steps, 1 cached)');
  });

  it('sends what the options say', async () => {
    endsAs(api, success);
    await build([
      '--target',
      'final',
      '--build-arg',
      'A=b=c',
      '--build-arg',
      'E=',
      '--no-cache',
      '-t',
      'registry.example.com/x:1',
      '--destination',
      'registry.example.com/x:2',
      '--secret',
      'id=npm,name=npm-token',
      '--secret',
      'id=same',
      '--ssh',
      'name=deploy-key',
      '--platform',
      'linux/amd64',
      '--platform',
      'linux/arm64,linux/s390x',
      '--priority',
      '70',
      '--timeout',
      '15m',
      ...['--memory', '2GiB', '--cpus', '1.5', '--pids', '512', '--network', 'none'],
    ]);
    const [request] = api.requests('POST /v1/projects/my-app/builds');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      source: { kind: 'upload', upload_id: UPLOAD },
      options: {
        target_stage: 'final',
        build_args: { A: 'b=c', E: '' },
        cache_enabled: false,
        secrets: [
          { id: 'npm', name: 'npm-token' },
          { id: 'same', name: 'same' },
        ],
        ssh: [{ id: 'default', name: 'deploy-key' }],
        platforms: ['linux/amd64', 'linux/arm64', 'linux/s390x'],
      },
      destinations: ['registry.example.com/x:1', 'registry.example.com/x:2'],
      priority: 70,
      timeout_seconds: 900,
      resources: { memory: '2GiB', cpus: 1.5, pids: 512, network: 'none' },
      git: { commit: null, branch: null, author: null, message: null },
    });
  });

  it('with --detach returns the accepted build', async () => {
    endsAs(api, success);
    const ran = await build(['--detach'], { json: false });
    expect(ran.stdout).toBe(`hello#12 ${ID}\n`);
    expect(ran.exitCode).toBe(0);
    expect(api.requests(`GET /v1/builds/${ID}/events`)).toHaveLength(0);
  });

  it('reads a Dockerfile from stdin with "-" and sends no context', async () => {
    endsAs(api, success);
    const ran = await runKiln(['build', '-', '-p', 'hello', '--json'], {
      apiUrl: api.url,
      cwd: home,
      stdin: 'FROM scratch\n',
    });
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(api.requests('POST /v1/projects/hello/builds')[0]?.body ?? '')).toMatchObject({
      source: { kind: 'inline' },
      options: { dockerfile_inline: 'FROM scratch\n' },
    });
  });
});

it('refuses an empty Dockerfile from stdin before anything is created', async () => {
  const ran = await runKiln(['build', '-', '-p', 'hello'], { apiUrl: api.url, cwd: home, stdin: '\n' });
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('What came from stdin is empty');
  expect(api.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
});

describe('kiln build of a git repository', () => {
  const kiln = (...argv: string[]) => runKiln(['build', '--json', ...argv], { apiUrl: api.url, cwd: home });

  it('sends the repository and no file', async () => {
    endsAs(api, success);
    await kiln(
      'https://git.example.com/team/App.git#main:sub',
      '-f',
      'Dockerfile.dev',
      '--submodules',
      '--lfs',
    );
    const [request] = api.requests('POST /v1/projects/app/builds');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      source: {
        ...{ kind: 'git', url: 'https://git.example.com/team/App.git', ref: 'main', folder: 'sub' },
        ...{ submodules: true, lfs: true, depth: null },
      },
      options: { dockerfile: 'Dockerfile.dev' },
      git: { commit: null, branch: null, author: null, message: null },
    });
  });

  it('takes the short form of ssh, and keeps history where it is asked for', async () => {
    endsAs(api, success);
    await kiln('git@git.example.com:team/app.git', '--history', '20');
    const [request] = api.requests('POST /v1/projects/app/builds');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      source: { url: 'git@git.example.com:team/app.git', ref: null, folder: null, depth: 20 },
    });
  });

  it.each([
    ['ext::sh -c id', 'space'],
    ['file:///etc', 'file://'],
    ['https://me:hunter2@host/app', 'no user name or password'],
    ['https://host/app#--upload-pack=id', 'may not begin with "-"'],
    ['https://host/app#main:../../etc', 'leads out'],
  ])('refuses %s before it asks anything', async (target, why) => {
    const ran = await kiln(target);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(why);
    expect(ran.stdout + ran.stderr).not.toContain('hunter2');
    expect(api.requests('POST /v1/projects')).toEqual([]);
  });

  it('refuses options of repositories for a folder', async () => {
    expect(await kiln('My App', '--lfs')).toMatchObject({ exitCode: 2 });
  });
});
