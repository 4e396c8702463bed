import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build } from '../../src/contracts/builds.js';
import { GitHttpServer } from '../support/git-http-server.js';
import { Repository } from '../support/git-repository.js';
import { GitSshServer } from '../support/git-ssh-server.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

const ENTRY = fileURLToPath(new URL('../../bin/kiln.cjs', import.meta.url));
const TOKEN = 'canary-git-token-7341';
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-git-e2e-'));
const http = new GitHttpServer(folder);
const ssh = new GitSshServer(path.join(folder, 'sshd'));
const app = new Repository(path.join(folder, 'app.git'));
let kiln: TestKiln;
let commit: string;

beforeAll(async () => {
  await Promise.all([http.start(), ssh.start()]);
  http.credentials = `bot:${TOKEN}`;
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_INSECURE_GIT_HOSTS: http.host });
  commit = app.commit(
    {
      'app/Dockerfile': `FROM ${kiln.baseImage}\nCOPY . /src\nRUN ls -A /src && cat /src/greeting\n`,
      'app/greeting': 'hello from git\n',
      'app/ignored': 'not in the image\n',
      'app/.dockerignore': 'ignored\n',
    },
    'Say hello',
  );
}, 300_000);
afterAll(async () => {
  await Promise.all([http.stop(), ssh.stop()]);
  await rm(folder, { recursive: true, force: true });
  await kiln.stop();
}, 60_000);

/** Runs `kiln build --json`; gives what it prints and its exit code. */
async function cli(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  const ran = await promisify(execFile)(process.execPath, [ENTRY, 'build', '--json', ...argv], { env }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  return { code: 'code' in ran ? ran.code : 0, stdout: ran.stdout, stderr: ran.stderr };
}

async function buildOf(ran: { stdout: string }): Promise<Build> {
  const { build_id: id } = JSON.parse(ran.stdout) as { build_id: string };
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
}

const url = (): string => `${http.url}/app.git`;

test('a private repository needs its credentials, and says so', async () => {
  const ran = await cli(`${url()}#main:app`);
  const { result } = await buildOf(ran);
  expect(result).toMatchObject({ failure_code: 'git_denied', failure_stage: 'compile' });
  expect(result.failure_reason).toContain('none are stored');
}, 120_000);

test('with a token it becomes an image that says what it was made from', async () => {
  await kiln.json('PUT', `/v1/credentials/git_token/${http.host}`, { username: 'bot', value: TOKEN });
  const ran = await cli(`${url()}#main:app`);
  const build = await buildOf(ran);
  const log = await kiln.log(build.id);
  expect([build.status, log]).toEqual(['success', expect.stringContaining('hello from git')]);
  expect(build).toMatchObject({
    ...{ git_commit: commit, branch: 'main', author: 'Ada Example', message: 'Say hello' },
  });
  expect(log).toContain(`Commit ${commit}: Say hello`);
  expect(log).not.toContain('ignored');
  expect(log).not.toContain(TOKEN);
  expect(await labelsOf(build.destinations[0] ?? '')).toMatchObject({
    'org.opencontainers.image.source': url(),
    'org.opencontainers.image.revision': commit,
  });
}, 120_000);

test('over ssh with a key it becomes the same', async () => {
  await kiln.json('PUT', `/v1/credentials/git_ssh_key/127.0.0.1:${ssh.port}`, {
    value: ssh.privateKey,
    known_hosts: ssh.knownHosts,
  });
  const build = await buildOf(await cli(`ssh://${ssh.user}@127.0.0.1:${ssh.port}${folder}/app.git#main:app`));
  expect([build.status, build.error_message]).toEqual(['success', null]);
  expect(build.git_commit).toBe(commit);
}, 120_000);

test('a retry builds the recorded commit, wherever the branch has gone', async () => {
  const broken = app.commit({
    'app/fail.sh': 'exit 1',
    'app/Dockerfile.fail': `FROM ${kiln.baseImage}\nRUN false\n`,
  });
  const first = await buildOf(await cli(`${url()}#main:app`, '--file', 'Dockerfile.fail'));
  expect(first).toMatchObject({ status: 'failed', git_commit: broken });
  app.commit({ 'app/Dockerfile.fail': `FROM ${kiln.baseImage}\nRUN true\n` });
  const retry = await kiln.json<Build>('POST', `/v1/builds/${first.id}/retry`, {});
  const second = await kiln.until(retry.id, hasEnded);
  expect(second).toMatchObject({ status: 'failed', git_commit: broken });
  expect(second.result.failure_code).toBe('build_step_failed');
}, 120_000);

test('what is not there fails in the source phase with a remedy', async () => {
  const gone = await buildOf(await cli(`${url()}#${'a'.repeat(40)}`));
  expect(gone.result).toMatchObject({ failure_code: 'git_ref_not_found', failure_stage: 'compile' });
  const branch = await buildOf(await cli(`${url()}#nowhere`));
  expect(branch.result.failure_reason).toContain('no branch or tag \\"nowhere\\"'.replaceAll('\\', ''));
  const folderGone = await buildOf(await cli(`${url()}#main:nowhere`));
  expect(folderGone.result.failure_code).toBe('context_invalid');
}, 120_000);

test.each([
  ['ext::sh -c id', 'space'],
  ['file:///etc/passwd', 'file://'],
  ['http://me:canary-url@127.0.0.1/app', 'no user name or password'],
  ['https://host/app#--upload-pack=id', '"-"'],
  ['https://host/app#main:../etc', 'leads out'],
])('%s is refused before git runs, by the command and by the api', async (target, why) => {
  const ran = await cli(target);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(why)]);
  const [address = '', fragment = ''] = target.split('#');
  const [ref = '', inside = ''] = fragment.split(':');
  const answer = await kiln.call('POST', '/v1/projects/app/builds', {
    source: { kind: 'git', url: address, ref: ref || null, folder: inside || null },
  });
  const text = await answer.text();
  expect([answer.status, text]).toEqual([422, expect.stringContaining(why.replaceAll('"', '\\"'))]);
  expect(ran.stdout + ran.stderr + text).not.toContain('canary-url');
});

test('a server in a network that is not listed is refused', async () => {
  const source = { kind: 'git', url: 'https://169.254.169.254/latest' };
  const answer = await kiln.call('POST', '/v1/projects/app/builds', { source });
  expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('host_not_allowed')]);
});

async function labelsOf(reference: string): Promise<Record<string, string>> {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference) ?? [];
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const get = async <Body>(what: string): Promise<Body> => {
    const answer = await fetch(`http://${host}/v2/${repository}/${what}`, { headers: { accept } });
    return (await answer.json()) as Body;
  };
  const { config } = await get<{ config: { digest: string } }>(`manifests/${tag}`);
  return (await get<{ config: { Labels: Record<string, string> } }>(`blobs/${config.digest}`)).config.Labels;
}
