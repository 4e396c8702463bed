import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json, problem, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const project = {
  id: '7f0c3b7e-6f6c-4c43-8a5e-0c6f0f0a1b2c',
  slug: 'app',
  name: 'App',
  image_repository: 'localhost:5000/app',
  destinations: ['a.example/app', 'b.example/app:1'],
  defaults: {},
  trust: 'untrusted',
  created_at: '2026-01-01T00:00:00.000Z',
};

test('`projects set` sends what was named and shows where builds go', async () => {
  api.on('PATCH /v1/projects/app', (_request, response) => json(response, 200, project));

  const ran = await runKiln(
    ['projects', 'set', 'app', '--destination', 'a.example/app', '--destination', 'b.example/app:1'],
    { apiUrl: api.url },
  );

  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ran.stdout).toContain('builds go to b.example/app:1');
  expect(JSON.parse(api.requests('PATCH /v1/projects/app')[0]?.body ?? '')).toEqual({
    destinations: ['a.example/app', 'b.example/app:1'],
  });
});

test('`projects set --json` prints the project', async () => {
  api.on('PATCH /v1/projects/app', (_request, response) => json(response, 200, project));
  const ran = await runKiln(['projects', 'set', 'app', '--default-destinations', '--json'], {
    apiUrl: api.url,
  });
  expect(JSON.parse(ran.stdout)).toEqual(project);
  expect(JSON.parse(api.requests('PATCH /v1/projects/app')[0]?.body ?? '')).toEqual({ destinations: [] });
});

test('`projects set --trust` sends it and says what the project is now', async () => {
  api.on('PATCH /v1/projects/app', (_request, response) =>
    json(response, 200, { ...project, trust: 'trusted' }),
  );
  const ran = await runKiln(['projects', 'set', 'app', '--trust', 'trusted'], { apiUrl: api.url });
  expect(ran.stdout).toContain('it is trusted');
  expect(JSON.parse(api.requests('PATCH /v1/projects/app')[0]?.body ?? '')).toEqual({ trust: 'trusted' });
});

test('`projects set --trust` takes the levels that there are and no other', async () => {
  const ran = await runKiln(['projects', 'set', 'app', '--trust', 'fully'], { apiUrl: api.url });
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('untrusted, trusted');
});

test('`projects set` of a project that does not exist names it, and how it is made with the same trust', async () => {
  api.on('PATCH /v1/projects/nwe', (_request, response) => problem(response, 'not_found'));
  const ran = await runKiln(['projects', 'set', 'nwe', '--trust', 'trusted'], { apiUrl: api.url });
  expect(ran.exitCode).toBe(2);
  expect(ran.stderr).toContain('There is no project "nwe".');
  expect(ran.stderr).toContain('`kiln projects --create nwe --trust trusted`');
});

test('`projects set` shows any other refusal as it came', async () => {
  api.on('PATCH /v1/projects/app', (_request, response) => problem(response, 'forbidden'));
  const ran = await runKiln(['projects', 'set', 'app', '--trust', 'trusted'], { apiUrl: api.url });
  expect(ran.stderr).toContain('This token may not do that.');
});

test.each([['create', 'app'], ['create']])(
  '`projects %s` says that it is written --create',
  async (...words) => {
    const ran = await runKiln(['projects', ...words], { apiUrl: api.url });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(`\`kiln projects --create ${words[1] ?? 'SLUG'}\``);
    expect(api.seen).toEqual([]);
  },
);

test('`projects` alone still lists, and shows trust', async () => {
  api.on('GET /v1/projects', (_request, response) =>
    json(response, 200, { items: [project], next_cursor: null }),
  );
  const ran = await runKiln(['projects'], { apiUrl: api.url });
  expect(ran.stdout).toMatch(/app .* untrusted +localhost:5000\/app/);
});

test.each(['', 'version: 1\n'])(
  '`projects set --defaults` refuses a file that sets nothing: %j',
  async (content) => {
    const cwd = mkdtempSync(path.join(tmpdir(), 'kiln-defaults-'));
    writeFileSync(path.join(cwd, 'defaults.yaml'), content);
    const ran = await runKiln(['projects', 'set', 'app', '--defaults', 'defaults.yaml'], {
      apiUrl: api.url,
      cwd,
    });
    rmSync(cwd, { recursive: true });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('defaults.yaml sets nothing.');
    expect(api.seen).toEqual([]);
  },
);
