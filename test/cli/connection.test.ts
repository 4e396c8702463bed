import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startFakeApi, TOKEN, json, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const ME = { tenant: '0198f4a2-0000-7000-8000-000000000001', user: null };
let api: FakeApi;
let home: string;
beforeEach(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'kiln-cli-'));
  api = await startFakeApi();
  api.on('GET /v1/me', (_request, response) => json(response, 200, ME));
});
afterEach(async () => {
  fs.rmSync(home, { recursive: true, force: true });
  await api.close();
});

function save(folder: string, content: string, mode = 0o600): string {
  const file = path.join(home, folder, '.kiln', 'cli.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content, { mode });
  return file;
}

const saved = (): string =>
  JSON.stringify({ api_url: api.url, token: TOKEN, temporal_ui_url: 'http://127.0.0.1:1' });

describe('where Kiln is', () => {
  it('is read from .kiln/cli.json of a parent folder', async () => {
    const file = save('project', saved());
    const cwd = path.join(home, 'project', 'deep', 'down');
    fs.mkdirSync(cwd, { recursive: true });
    const ran = await runKiln(['whoami', '--json'], { cwd });
    expect(JSON.parse(ran.stdout)).toEqual({ api_url: api.url, api_url_from: file, token_from: file, ...ME });
  });

  it('is not read from a file that others may write, as in a cloned repository', async () => {
    const file = save('clone', saved(), 0o644);
    const ran = await runKiln(['whoami'], { cwd: path.join(home, 'clone') });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(`${file} is ignored`);
    expect(api.seen).toHaveLength(0);
  });

  it('is not read from a file that holds something else', async () => {
    save('odd', '{"api_url": 7');
    const ran = await runKiln(['whoami'], { cwd: path.join(home, 'odd') });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('does not hold {"api_url", "token"}');
  });

  it('comes from --api-url before the environment, and a saved token does not go there', async () => {
    save('project', JSON.stringify({ api_url: 'http://127.0.0.1:9', token: TOKEN }));
    const cwd = path.join(home, 'project');
    const refused = await runKiln(['whoami', '--api-url', api.url], {
      cwd,
      env: { KILN_API_URL: 'http://127.0.0.1:9' },
    });
    expect(refused.stderr).toContain(`There is no API token for ${api.url}.`);
    expect(api.seen).toHaveLength(0);
    const ran = await runKiln(['whoami', '--api-url', `${api.url}/`], { cwd, env: { KILN_TOKEN: TOKEN } });
    expect(ran.exitCode).toBe(0);
  });

  it('takes the token from the file that KILN_TOKEN_FILE names', async () => {
    fs.writeFileSync(path.join(home, 'token'), `${TOKEN}\n`);
    const env = { KILN_API_URL: api.url, KILN_TOKEN_FILE: 'token' };
    expect((await runKiln(['whoami'], { cwd: home, env })).exitCode).toBe(0);
    const missing = await runKiln(['whoami'], { cwd: home, env: { ...env, KILN_TOKEN_FILE: 'nothing' } });
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('The token file nothing is missing');
  });
});

describe('kiln login', () => {
  it('keeps a token that Kiln knows, for this user alone', async () => {
    const env = { XDG_CONFIG_HOME: home };
    const ran = await runKiln(['login', '--api-url', api.url], { env, stdin: `${TOKEN}\n` });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout + ran.stderr).not.toContain(TOKEN);
    expect(fs.statSync(path.join(home, 'kiln', 'cli.json')).mode & 0o777).toBe(0o600);
    expect((await runKiln(['whoami'], { env })).exitCode).toBe(0);
  });

  it('keeps nothing when Kiln refuses the token', async () => {
    const ran = await runKiln(['login', '--api-url', api.url], {
      env: { XDG_CONFIG_HOME: home },
      stdin: 'wrong',
    });
    expect(ran.exitCode).toBe(2);
    expect(fs.readdirSync(home)).toEqual([]);
  });
});
