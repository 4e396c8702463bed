import { mkdtempSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resolveInside } from '../../../src/adapters/context/resolve-inside.js';
import { createHeadReader, readHeadLines } from '../../../src/adapters/git/read-heads.js';
import type { GitHost } from '../../../src/adapters/git/server.js';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import { NO_PROXIES } from '../../../src/domain/network/proxy.js';
import { GitHttpServer } from '../../support/git-http-server.js';
import { Repository } from '../../support/git-repository.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-heads-'));
const own = path.join(folder, 'own');
const server = new GitHttpServer(folder);
const app = new Repository(path.join(folder, 'app'));
let first: string;
let second: string;

const readerOf = (change: Partial<GitHost> = {}, timeoutMs = 20_000) =>
  createHeadReader(
    {
      ...{ gitProgram: 'git', sshProgram: 'ssh', caFile: null, proxies: NO_PROXIES, resolveInside },
      ...{ insecureHosts: [server.host], allowedNetworks: [parseNetwork('127.0.0.0/8')!] },
      ...change,
    },
    async (work) => {
      const its = await mkdtemp(`${own}-`);
      try {
        return await work(its);
      } finally {
        await rm(its, { recursive: true });
      }
    },
    timeoutMs,
  );

beforeAll(async () => {
  await server.start();
  first = app.commit({ file: 'one' });
  app.git('tag', '-a', 'v1', '-m', 'release');
  app.git('tag', 'light');
  app.git('branch', 'feature/old');
  second = app.commit({ file: 'two' });
  app.git('update-ref', 'refs/pull/1/head', first);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  server.credentials = null;
  server.intercept = () => false;
});

it('gives branches and tags, annotated ones at their commit, and nothing else', async () => {
  expect(await readerOf()(`${server.url}/app`, null)).toEqual([
    { ref: 'refs/heads/feature/old', sha: first },
    { ref: 'refs/heads/main', sha: second },
    { ref: 'refs/tags/light', sha: first },
    { ref: 'refs/tags/v1', sha: first },
  ]);
});

it('opens the repository with the credential, of which it leaves nothing behind', async () => {
  server.credentials = 'builder:token-of-the-test';
  await expect(readerOf()(`${server.url}/app`, null)).rejects.toMatchObject({ code: 'git_denied' });
  const credential = { kind: 'git_token', username: 'builder', token: 'token-of-the-test' } as const;
  expect(await readerOf()(`${server.url}/app`, credential)).toHaveLength(4);
  expect(await readdir(folder)).toEqual(['app']);
});

it('says what kept it from reading', async () => {
  await expect(readerOf()(`${server.url}/gone`, null)).rejects.toMatchObject({ code: 'git_not_found' });
  await expect(readerOf({ allowedNetworks: [] })(`${server.url}/app`, null)).rejects.toMatchObject({
    code: 'host_not_allowed',
  });
  await expect(readerOf({ gitProgram: '/none' })(`${server.url}/app`, null)).rejects.toMatchObject({
    code: 'program_missing',
  });
});

it('does not wait for ever', async () => {
  server.intercept = () => true;
  await expect(readerOf({}, 500)(`${server.url}/app`, null)).rejects.toMatchObject({
    code: 'git_unreachable',
    message: 'The branches of the repository were not told within 1 s.',
  });
});

it('reads lines of any form', () => {
  expect(readHeadLines('')).toEqual([]);
  expect(readHeadLines('warning: x\nnot-a-commit\trefs/heads/a\n')).toEqual([]);
});
