import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const ID = '11111111-1111-4111-8111-111111111111';
const at = '2026-11-21T09:00:00.000Z';
const stored = { id: ID, project: 'app', version: 2, created_at: at, updated_at: at };
const secret = { name: 'npm-token', ...stored };
const credential = {
  kind: 'registry',
  host: 'registry.example.com',
  username: 'me',
  known_hosts: null,
  ...stored,
};

let api: FakeApi;
let folder: string;
beforeAll(async () => {
  api = await startFakeApi();
  folder = mkdtempSync(join(tmpdir(), 'kiln-cli-secrets-'));
  api.on('PUT /v1/secrets/npm-token', (_request, response) => json(response, 200, secret));
  api.on('DELETE /v1/secrets/npm-token', (_request, response) => void response.writeHead(204).end());
  api.on('GET /v1/secrets', (_request, response) =>
    json(response, 200, { items: [secret, { ...secret, name: 'shared', project: null }], next_cursor: null }),
  );
  api.on('PUT /v1/credentials/git_ssh_key/*', (_request, response) => json(response, 200, credential));
  api.on('PUT /v1/credentials/registry/*', (_request, response) => json(response, 200, credential));
  api.on('GET /v1/credentials', (_request, response) =>
    json(response, 200, { items: [credential], next_cursor: null }),
  );
});
beforeEach(() => void (api.seen.length = 0));
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const kiln = (argv: string[], stdin?: string) =>
  runKiln(argv, { apiUrl: api.url, cwd: folder, ...(stdin === undefined ? {} : { stdin }) });
const sent = (): { value?: string; value_base64?: string; known_hosts?: string; username?: string } =>
  JSON.parse(api.seen.at(-1)!.body);

test('a secret is stored from stdin without its final newline, and never printed', async () => {
  const { exitCode, stdout, stderr } = await kiln(
    ['secrets', 'set', 'npm-token', '--project', 'app'],
    'hunter2-and-more\n',
  );
  expect(exitCode).toBe(0);
  expect(Buffer.from(sent().value_base64!, 'base64').toString()).toBe('hunter2-and-more');
  expect(api.seen.at(-1)!.query.get('project')).toBe('app');
  expect(stdout).toBe('npm-token is stored for the project app (version 2)\n');
  expect(stdout + stderr).not.toContain('hunter2');
});

test('a secret from a file is stored byte by byte', async () => {
  writeFileSync(join(folder, 'key'), Buffer.from([0xff, 0x00, 0x0a, 0x0a]));
  await kiln(['secrets', 'set', 'npm-token', '--from-file', 'key']);
  expect(Buffer.from(sent().value_base64!, 'base64')).toEqual(Buffer.from([0xff, 0x00, 0x0a, 0x0a]));
});

test('a value on the command line is not taken', async () => {
  const { exitCode } = await kiln(['secrets', 'set', 'npm-token', 'hunter2-and-more']);
  expect(exitCode).toBe(2);
  expect(api.seen).toEqual([]);
});

test('a file that is not there is named', async () => {
  const { exitCode, stderr } = await kiln(['secrets', 'set', 'npm-token', '--from-file', 'nothing']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('nothing cannot be read (ENOENT)');
});

test('the list shows whose a secret is, its version and age', async () => {
  const { stdout } = await kiln(['secrets', 'list', '--project', 'app']);
  expect(stdout.split('\n').map((line) => line.split(/\s+/).slice(0, 3))).toEqual([
    ['SECRET', 'PROJECT', 'VERSION'],
    ['npm-token', 'app', '2'],
    ['shared', 'every', '2'],
    [''],
  ]);
});

test('a secret is removed', async () => {
  expect(await kiln(['secrets', 'remove', 'npm-token'])).toMatchObject({
    exitCode: 0,
    stdout: 'npm-token is removed\n',
  });
});

test('a registry password is stored for its host with its user', async () => {
  const { exitCode } = await kiln(
    ['credentials', 'set', 'registry', 'registry.example.com', '--username', 'me'],
    'a-password\n',
  );
  expect(exitCode).toBe(0);
  expect(sent()).toEqual({ value: 'a-password', username: 'me' });
});

test('an SSH key goes with the host keys to accept', async () => {
  writeFileSync(join(folder, 'hosts'), 'git.example.com ssh-ed25519 AAAA\n');
  writeFileSync(join(folder, 'id'), 'a private key\n');
  await kiln([
    'credentials',
    'set',
    'git-ssh-key',
    'git.example.com',
    '--known-hosts',
    'hosts',
    '--from-file',
    'id',
  ]);
  expect(sent()).toEqual({ value: 'a private key\n', known_hosts: 'git.example.com ssh-ed25519 AAAA\n' });
});

test('an unknown kind is refused before anything is read', async () => {
  const { exitCode, stderr } = await kiln(['credentials', 'set', 'svn', 'host']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('git-token, git-ssh-key, registry');
});

test('the list of credentials names kind, host and user', async () => {
  const { stdout } = await kiln(['credentials', 'list']);
  expect(stdout).toMatch(/^registry {2,}registry\.example\.com {2,}me /m);
});
