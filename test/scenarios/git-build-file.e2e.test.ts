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
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-git-file-'));
const http = new GitHttpServer(folder);
const ssh = new GitSshServer(path.join(folder, 'sshd'));
const app = new Repository(path.join(folder, 'app.git'));
let kiln: TestKiln;
let team: string;

beforeAll(async () => {
  await Promise.all([http.start(), ssh.start()]);
  http.credentials = 'bot:a-git-token';
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_INSECURE_GIT_HOSTS: http.host });
  team = `${kiln.access.registry}/team/app`;
  await kiln.json('PUT', `/v1/credentials/git_token/${http.host}`, { username: 'bot', value: 'a-git-token' });
  await kiln.json('PUT', `/v1/credentials/git_ssh_key/127.0.0.1:${ssh.port}`, {
    value: ssh.privateKey,
    known_hosts: ssh.knownHosts,
  });
  await kiln.json('POST', '/v1/projects', {
    slug: 'app',
    destinations: [team],
    defaults: { version: 1, args: { FROM_PROJECT: 'project', VERSION: 'project' }, timeout: '20m' },
  });
  app.commit({
    'services/web/docker/Dockerfile.prod': [
      `FROM ${kiln.baseImage} AS build`,
      'ARG VERSION',
      'ARG FROM_PROJECT',
      'ARG GREETING',
      'COPY . /src',
      'RUN echo "v=$VERSION p=$FROM_PROJECT g=$GREETING" && ls /src',
      'FROM build AS release',
      'RUN echo this is the release',
      'FROM build',
      'RUN false',
      '',
    ].join('\n'),
    'services/web/only-in-context': 'yes\n',
    'not-in-context': 'no\n',
    'kiln.yaml': [
      'version: 1',
      'context: services/web',
      'dockerfile: docker/Dockerfile.prod',
      'target: release',
      'args:',
      "  VERSION: '1.2'",
      '  GREETING: of the file',
      `destinations: ['${team}:edge']`,
      '',
    ].join('\n'),
  });
}, 300_000);
afterAll(async () => {
  await Promise.all([http.stop(), ssh.stop()]);
  await rm(folder, { recursive: true, force: true });
  await kiln.stop();
}, 60_000);

/** Runs the command; gives what it prints. Never rejects. */
async function cli(...argv: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  return promisify(execFile)(process.execPath, [ENTRY, ...argv], { env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
}

async function build(...argv: string[]): Promise<Build> {
  const { stdout } = await cli('build', '--json', '--project', 'app', ...argv);
  const { build_id: id } = JSON.parse(stdout) as { build_id: string };
  return kiln.until(id, (one) => hasEnded(one) && one.log_complete);
}

const url = (): string => `${http.url}/app.git`;

test('the kiln.yaml of a private repository decides folder, Dockerfile, stage, arguments and destinations', async () => {
  const made = await build(`${url()}#main`, '--build-arg', 'GREETING=of the request');
  const log = await kiln.log(made.id);
  expect([made.status, made.error_message]).toEqual(['success', null]);
  expect(log).toContain('Settings from kiln.yaml');
  expect(log).toContain('v=1.2 p=project g=of the request');
  expect(log).toContain('only-in-context');
  expect(log).not.toContain('not-in-context');
  expect(log).toContain('this is the release');
  expect(made.destinations).toEqual([`${team}:edge`]);
  const tag = await fetch(`http://${kiln.access.registry}/v2/team/app/manifests/edge`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  expect(tag.headers.get('docker-content-digest')).toBe(made.result.output_image_digest);

  const { stdout } = await cli('show', `app#${made.build_number}`, '--config');
  const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
  expect(rows).toEqual(
    expect.arrayContaining([
      ['build_context', 'services/web', 'kiln.yaml'],
      ['dockerfile', 'docker/Dockerfile.prod', 'kiln.yaml'],
      ['target_stage', 'release', 'kiln.yaml'],
      ['build_args.VERSION', '1.2', 'kiln.yaml'],
      ['build_args.GREETING', 'of the request', 'request'],
      ['build_args.FROM_PROJECT', 'project', 'project'],
      ['destinations', `${team}:edge`, 'kiln.yaml'],
      ['timeout_seconds', '1200', 'project'],
      ['cache_enabled', 'true', 'built in'],
    ]),
  );
}, 120_000);

test('over ssh with a key it decides the same, and a file of another name does when it is named', async () => {
  const source = `ssh://${ssh.user}@127.0.0.1:${ssh.port}${folder}/app.git`;
  const made = await build(`${source}#main`);
  expect([made.status, made.error_message]).toEqual(['success', null]);
  expect(await kiln.log(made.id)).toContain('v=1.2 p=project g=of the file');

  app.commit({
    'ci/other.yaml': 'version: 1\ncontext: services/web\ndockerfile: docker/Dockerfile.prod\ntarget: build\n',
  });
  const other = await build(`${source}#main`, '--build-file', 'ci/other.yaml');
  expect([other.status, await kiln.log(other.id)]).toEqual([
    'success',
    expect.stringContaining('Settings from ci/other.yaml'),
  ]);
  expect(await kiln.log(other.id)).not.toContain('this is the release');
}, 120_000);

test.each([
  [
    'an unknown key',
    'version: 1\ntarget: release\ndockerfle: x\n',
    'line 3, column 1',
    'Did you mean "dockerfile"?',
  ],
  ['a wrong type', 'version: 1\nargs:\n  VERSION: 1.2\n', 'line 3, column 12', 'Write the value in quotes'],
  ['a tab', 'version: 1\nargs:\n\tVERSION: "1"\n', 'line 3, column 1', 'Tabs'],
])(
  '%s in it ends the build before anything is built, with the place and the remedy',
  async (_what, text, place, why) => {
    app.git('checkout', '--quiet', '-B', 'broken', 'main');
    app.commit({ 'kiln.yaml': text });
    app.git('checkout', '--quiet', 'main');

    const made = await build(`${url()}#broken`);

    expect(made.result).toMatchObject({ failure_code: 'build_file_invalid', failure_stage: 'compile' });
    expect(made.result.failure_reason).toContain(`kiln.yaml, ${place}`);
    expect(made.result.failure_reason).toContain(why);
    expect(made.attempts).toBe(1);
    const shown = await cli('show', `app#${made.build_number}`);
    expect(shown.stdout.replaceAll(/\s+/g, ' ')).toContain('Correct the named line');
  },
  120_000,
);
