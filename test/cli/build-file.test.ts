import fs from 'node:fs';
import path from 'node:path';
import type { NewBuildInput } from '../../src/contracts/new-build.js';
import { json, problem, type FakeApi } from './support/fake-api.js';
import { aFolderAndKiln, endsAs, ID, success } from './support/fake-build.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let home: string;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ api, home, end } = await aFolderAndKiln());
  endsAs(api, success);
});
afterEach(() => end());

const kiln = (...argv: string[]) => runKiln(argv, { apiUrl: api.url, cwd: home });
const put = (name: string, text: string): void => {
  const file = path.join(home, 'My App', name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
};
const sent = (): NewBuildInput =>
  JSON.parse(api.requests('POST /v1/projects/my-app/builds')[0]?.body ?? 'null') as NewBuildInput;

test('kiln.yaml of the folder goes with the request, and flags stay apart from it', async () => {
  put('kiln.yaml', 'version: 1\ncontext: app\nargs: { A: "1" }\n');
  put('app/Dockerfile', 'FROM scratch\n');

  const ran = await kiln('build', 'My App', '--json', '--build-arg', 'B=2');

  expect(ran.stderr).toBe('');
  expect(sent()).toMatchObject({
    options: { build_args: { B: '2' } },
    build_file: { name: 'kiln.yaml', content: { version: 1, context: 'app', args: { A: '1' } } },
  });
  expect(sent().options).not.toHaveProperty('dockerfile');
  expect(sent()).not.toHaveProperty('method');
});

test('an error in kiln.yaml is told with its place before anything is sent', async () => {
  put('kiln.yaml', 'version: 1\ntargt: x\n');
  const ran = await kiln('build', 'My App');
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain(
    'kiln.yaml, line 2, column 1: There is no field "targt". Did you mean "target"?',
  );
  expect(api.seen).toEqual([]);
});

test('--build-file names another one, which has to be there', async () => {
  put('release.yaml', 'version: 1\ntarget: release\n');
  expect((await kiln('build', 'My App', '--build-file', 'gone.yaml')).stderr).toContain(
    'There is no file gone.yaml.',
  );
  await kiln('build', 'My App', '--json', '--build-file', 'My App/release.yaml');
  expect(sent().build_file).toMatchObject({ name: 'My App/release.yaml', content: { target: 'release' } });
});

test('kiln.yml is refused rather than overlooked', async () => {
  put('kiln.yml', 'version: 1\n');
  expect((await kiln('build', 'My App')).stderr).toContain('Call it kiln.yaml');
});

test('a Dockerfile that neither flag nor build file names is where the project says', async () => {
  fs.rmSync(path.join(home, 'My App', 'Dockerfile'));
  put('docker/Dockerfile', 'FROM scratch\n');
  expect((await kiln('build', 'My App')).stderr).toContain('There is no Dockerfile in "My App".');

  const defaults = { dockerfile: 'docker/Dockerfile' };
  api.on('GET /v1/projects/*', (_request, response) => json(response, 200, { defaults, destinations: [] }));
  expect((await kiln('build', 'My App', '--json')).exitCode).toBe(0);
});

test('of a git repository --build-file is a path there', async () => {
  await kiln('build', 'https://git.example/team/my-app.git', '--json', '--build-file', 'ci/kiln.yaml');
  expect(sent().build_file).toEqual({ path: 'ci/kiln.yaml' });
});

test('`projects set --defaults` sends what the file says, and --no-defaults takes it away', async () => {
  fs.writeFileSync(path.join(home, 'defaults.yaml'), 'version: 1\ntimeout: 2h\n');
  const project = { slug: 'app', image_repository: 'r/app', destinations: [], defaults: {} };
  api.on('PATCH /v1/projects/app', (_request, response) => json(response, 200, project));
  await kiln('projects', 'set', 'app', '--defaults', 'defaults.yaml');
  await kiln('projects', 'set', 'app', '--no-defaults');
  const bodies = api.requests('PATCH /v1/projects/app').map(({ body }) => JSON.parse(body) as unknown);
  expect(bodies).toEqual([{ defaults: { version: 1, timeout: '2h' } }, { defaults: {} }]);
});

test('`show --config` prints every setting with the place that decided it', async () => {
  const settings = [
    { name: 'dockerfile', value: 'Dockerfile', origin: 'built_in' },
    { name: 'build_args.A', value: '1', origin: 'build_file' },
    { name: 'destinations', value: ['r/app:1', 'r/app:latest'], origin: 'project' },
  ];
  const limits = [{ name: 'step_timeout_seconds', unit: 'seconds', value: 1800, origin: 'tenant' }];
  api.on(`GET /v1/builds/${ID}/config`, (_request, response) =>
    json(response, 200, { build_file: 'kiln.yaml', settings, limits }),
  );
  const ran = await kiln('show', ID, '--config');
  expect(ran.stdout).toBe(
    [
      'SETTING       VALUE                  FROM',
      'dockerfile    Dockerfile             built in',
      'build_args.A  1                      kiln.yaml',
      'destinations  r/app:1, r/app:latest  project',
      '',
      'LIMIT                 VALUE  FROM',
      'step_timeout_seconds  30m    tenant',
      '',
    ].join('\n'),
  );
});

test.each([
  ['the build file', 'version: 1\nmethod: container\n', {}],
  ['the project', 'version: 1\n', { method: 'container' }],
])(
  'a method of %s that no build host offers is refused before a byte is sent',
  async (_who, text, defaults) => {
    api.on('GET /v1/projects/*', (_request, response) => json(response, 200, { defaults, destinations: [] }));
    const known = { version: '1', temporal_ui_url: null, temporal_namespace: 'kiln' };
    api.on('GET /v1/installation', (_request, response) =>
      json(response, 200, { ...known, methods: ['buildx'] }),
    );
    put('kiln.yaml', text);

    const ran = await kiln('build', 'My App');

    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('No build host offers the method "container".');
    expect(api.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  },
);

test('a destination on a closed address is refused before a byte is sent', async () => {
  put('kiln.yaml', 'version: 1\n');
  api.on('POST /v1/registry-judgements', (_request, response) => problem(response, 'host_not_allowed'));

  const ran = await kiln('build', 'My App', '-t', '127.0.0.1:5000/app:1');

  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('-t: ');
  expect(api.seen.filter(({ method }) => method !== 'GET').map(({ path, body }) => [path, body])).toEqual([
    ['/v1/registry-judgements', JSON.stringify({ registries: ['127.0.0.1:5000'] })],
  ]);
});

test('a setting that does not belong to the method is refused before a byte is sent', async () => {
  put('kiln.yaml', 'version: 1\ncache: { repo: a.example/cache }\n');

  const ran = await kiln('build', 'My App');

  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('cache.repo in kiln.yaml does not fit.');
  expect(api.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test.each([['not_found'], ['internal']] as const)(
  'a build goes on where Kiln does not say which methods there are: %s',
  async (code) => {
    api.on('GET /v1/installation', (_request, response) => problem(response, code));
    put('kiln.yaml', 'version: 1\nmethod: container\n');
    expect((await kiln('build', 'My App')).exitCode).toBe(0);
  },
);

test.each([
  [
    'paketo',
    ['--builder', 'r.example/builder:1', '--env', 'A=1'],
    { builder: 'r.example/builder:1', environment: { A: '1' } },
  ],
  [
    'packer',
    ['--template', 'app.pkr.hcl', '--base-image', 'r.example/a:1'],
    { packer_template: 'app.pkr.hcl', base_images: ['r.example/a:1'] },
  ],
  ['kaniko', ['--cache-repo', 'r.example/cache'], { cache_repo: 'r.example/cache' }],
])('the method %s of kiln.yaml decides which flags fit', async (method, argv, options) => {
  put('kiln.yaml', `version: 1\nmethod: ${method}\n`);
  put('app.pkr.hcl', '');
  const ran = await kiln('build', 'My App', '--json', ...argv);
  expect(ran.stderr).toBe('');
  expect(ran.exitCode).toBe(0);
  expect(sent()).toMatchObject({ options });
  expect(sent()).not.toHaveProperty('method');
});

test('a template that the build file or a flag names has to be there, of packer alone', async () => {
  put('kiln.yaml', 'version: 1\nmethod: packer\ntemplate: gone.pkr.hcl\n');
  const ran = await kiln('build', 'My App');
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('There is no gone.pkr.hcl in "My App".');
  put('app.pkr.hcl', '');
  expect((await kiln('build', 'My App', '--template', 'app.pkr.hcl')).exitCode).toBe(0);
  const foreign = await kiln('build', 'My App', '--method', 'paketo', '--template', 'gone.pkr.hcl');
  expect(foreign.stderr).toContain('belongs to packer');
});

test.each([
  [
    'container',
    ['--builder', 'r.example/b:1'],
    'builder: builder belongs to paketo: build with that method, or leave it out.',
  ],
  [
    'paketo',
    ['--builder', 'r.example/b:1', '--template', 'a.pkr.hcl'],
    'packer_template: packer_template belongs to packer',
  ],
  ['kaniko', ['--cache-to', 'r.example/cache'], '--cache-repo, or cache: {repo: REPOSITORY} in kiln.yaml'],
])(
  'flags of another method than %s of kiln.yaml are refused, and told whose they are',
  async (method, argv, text) => {
    put('kiln.yaml', `version: 1\nmethod: ${method}\n`);
    const ran = await kiln('build', 'My App', ...argv);
    expect(ran.stderr).toContain(text);
    expect(ran.exitCode).toBe(2);
    expect(api.seen.filter(({ method: verb }) => verb !== 'GET')).toEqual([]);
  },
);

test('a flag of another method than --method is refused by its name', async () => {
  const ran = await kiln('build', 'My App', '--method', 'buildx', '--builder', 'r.example/b:1');
  expect(ran.stderr).toContain('--builder');
  expect(ran.stderr).toContain('builder belongs to paketo');
  expect(ran.exitCode).toBe(2);
});
