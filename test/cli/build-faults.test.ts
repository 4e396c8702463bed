import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { eventStream, json, problem, type FakeApi } from './support/fake-api.js';
import { aFolderAndKiln, anUpload, endsAs, ID, success } from './support/fake-build.js';
import { aBuild, aRunningStep } from '../support/api-records.js';
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

describe('kiln build, when something goes wrong,', () => {
  it.each(['conflict', 'unavailable'] as const)(
    'makes a missing project, and goes on after %s',
    async (code) => {
      endsAs(api, success);
      api.on('GET /v1/projects/my-app', (_request, response) => problem(response, 'not_found'));
      api.on('POST /v1/projects', (_request, response) => problem(response, code));
      let asked = 0;
      api.on('POST /v1/projects/my-app/builds', (_request, response) => {
        if ((asked += 1) === 1) problem(response, 'not_found');
        else json(response, 202, aBuild({ id: ID, status: 'queued' }));
      });
      expect((await build()).exitCode).toBe(0);
      expect(JSON.parse(api.requests('POST /v1/projects')[0]?.body ?? '')).toEqual({ slug: 'my-app' });
    },
  );

  it('makes no project for a build that is refused', async () => {
    endsAs(api, success);
    api.on('GET /v1/projects/my-app', (_request, response) => problem(response, 'not_found'));
    api.on('POST /v1/projects/my-app/builds', (_request, response) =>
      problem(response, 'dockerfile_invalid'),
    );
    expect((await build()).exitCode).toBe(2);
    expect(api.requests('POST /v1/projects')).toEqual([]);
  });

  it('repeats a creation without an answer under the same key', async () => {
    endsAs(api, success);
    let calls = 0;
    api.on('POST /v1/projects/my-app/builds', (_request, response) => {
      calls += 1;
      if (calls === 1) response.destroy();
      else if (calls === 2) problem(response, 'unavailable');
      else json(response, 202, aBuild({ id: ID, status: 'queued' }));
    });
    expect((await build()).exitCode).toBe(0);
    const keys = api
      .requests('POST /v1/projects/my-app/builds')
      .map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it('sends a list again when the connection broke under it', async () => {
    endsAs(api, success);
    const route = 'PUT /v1/uploads/sha256/*';
    let calls = 0;
    api.on(route, (request, response) => {
      calls += 1;
      if (calls === 1) return void response.destroy();
      json(response, 200, anUpload({ sha256: request.path.split('/').at(-1) ?? '' }));
    });
    expect((await build()).exitCode).toBe(0);
    expect(calls).toBe(2);
  });

  it.each([
    ['of its list', 'PUT /v1/uploads/sha256/*'],
    ['of its list, before the last byte', 'EARLY PUT /v1/uploads/sha256/*'],
    ['of its contents, before the last byte', 'EARLY POST /v1/contents'],
  ])('shows that an upload is too large, told in answer to a request %s', async (_, route) => {
    const bytes = randomBytes(8_000_000);
    fs.writeFileSync(path.join(home, 'My App', 'big'), bytes);
    endsAs(api, success);
    const missing = [createHash('sha256').update(bytes).digest('hex')];
    if (route.includes('contents'))
      api.on('PUT /v1/uploads/sha256/*', (_request, response) => json(response, 200, anUpload({ missing })));
    api.on(route, (_request, response) => {
      problem(response, 'payload_too_large');
      response.once('finish', () => response.socket?.destroySoon());
    });
    const ran = await build();
    expect(ran.exitCode).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'payload_too_large' } });
    expect(ran.stderr).toContain('The body is larger than allowed.');
    expect(ran.stderr).toContain('.dockerignore');
  });

  it('follows on over a broken connection', async () => {
    endsAs(api, success);
    let connections = 0;
    api.on(`GET /v1/builds/${ID}/events`, (_request, response) => {
      connections += 1;
      const send = eventStream(response);
      send('build', aBuild({ id: ID }));
      send('step', aRunningStep(1, 'RUN make'));
      if (connections === 1) return void setTimeout(() => response.destroy(), 20);
      send('end', { status: 'success' });
      response.end();
    });
    const ran = await build([], { json: false });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain('hello#12 connection lost, trying again');
    expect(connections).toBe(2);
  });

  it.each([
    [['build', 'nowhere'], 'nowhere is not a folder.'],
    [['build', '.'], 'There is no Dockerfile in ".".'],
    [['build', 'My App', '--file', 'other'], 'There is no other in "My App".'],
    [['build', 'My App', '--file', '../outside'], '../outside lies outside of "My App".'],
    [
      ['build', 'My App', '--method', 'packer', '--template', 'nope.pkr.hcl'],
      'There is no nope.pkr.hcl in "My App".\n  → Correct --template ',
    ],
    [['build', 'My App', '--build-arg', 'A'], '--build-arg A: there is no value.'],
    [['build', 'My App', '--need', '=x'], '--need =x: there is no name.'],
    [['build', 'My App', '--secret', 'id=x,src=/etc/passwd'], 'is not understood'],
    [['build', 'My App', '--timeout', '5s'], 'A build may run for 10 seconds at least.'],
    [['build', 'My App', '--build-arg', '1A=b'], 'A build argument is named with letters, digits and "_".'],
    [['build', 'My App', '--method', 'nosuch'], '--method nosuch: There is no such build method; there are'],
    [['build', 'My App', '-t', 'app'], '-t app: '],
    [['build', 'My App', '-t', 'a.example/app:1', '--destination', 'a.example/app'], '-t a.example/app: '],
    [['build', 'My App', '--target', 'a b'], '--target a b: '],
    [['build', 'My App', '--build-arg', 'A B=1'], '--build-arg A B: '],
    [['build', 'My App', '--secret', 'id=a b'], '--secret a b: '],
    [['build', 'My App', '--platform', 'arm64'], '--platform arm64: '],
    [['build', 'My App', '--cache-from', 'x y'], '--cache-from x y: '],
    [['projects', 'set', 'app', '--destination', 'A'], '--destination A: '],
    [['projects', 'set', 'app', '--name', ''], '--name : may not be empty'],
    [['projects', '--create', 'A B'], '--create A B: expected lower-case letters'],
    [['registry', 'test', 'http://x'], 'The registry http://x: expected host[:port]'],
    [['secrets', 'set', 'a b'], 'The name a b: expected letters, digits,'],
    [['build', 'My App', '--platform', 'arm'], 'A platform looks like linux/amd64. Architectures are 386,'],
  ])('%j is refused before anything is created', async (argv, text) => {
    endsAs(api, success);
    fs.mkdirSync(path.join(home, 'sub'));
    fs.writeFileSync(path.join(home, 'outside'), 'FROM scratch\n');
    const ran = await runKiln(argv, { apiUrl: api.url, cwd: home });
    expect(ran.stderr).toContain(text);
    expect(ran.exitCode).toBe(2);
    expect(api.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
