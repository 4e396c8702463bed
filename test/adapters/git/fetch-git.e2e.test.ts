import { existsSync, mkdtempSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resolveInside } from '../../../src/adapters/context/resolve-inside.js';
import { createGitFetcher, type GitLimits } from '../../../src/adapters/git/fetch-git.js';
import type { GitHost } from '../../../src/adapters/git/server.js';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import type { GitFetch } from '../../../src/ports/source-fetcher.js';
import { GitHttpServer } from '../../support/git-http-server.js';
import { Repository } from '../../support/git-repository.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-git-'));
const server = new GitHttpServer(folder);
const app = new Repository(path.join(folder, 'app'));
const contextFolder = path.join(folder, 'work/context');
let first: string;
let second: string;

function aHost(change: Partial<GitHost> = {}): GitHost {
  return {
    gitProgram: 'git',
    sshProgram: 'ssh',
    caFile: null,
    insecureHosts: [server.host],
    allowedNetworks: [parseNetwork('127.0.0.0/8')!],
    resolveInside,
    ...change,
  };
}

const LIMITS: GitLimits = { maxBytes: 10_000_000, maxEntries: 1000, timeoutMs: 30_000 };

async function fetch(
  source: Partial<GitFetch['source']> = {},
  more: Partial<GitFetch> & { host?: Partial<GitHost>; limits?: Partial<GitLimits> } = {},
) {
  const { host, limits, ...over } = more;
  await rm(path.join(folder, 'work'), { recursive: true, force: true });
  await mkdir(contextFolder, { recursive: true });
  const fetchGit = createGitFetcher(aHost(host), { ...LIMITS, ...limits });
  return fetchGit({
    source: {
      ...{ kind: 'git', url: `${server.url}/app`, ref: null, folder: null },
      ...{ submodules: false, lfs: false, depth: null },
      ...source,
    },
    commit: null,
    credential: null,
    contextFolder,
    scratchFolder: path.join(folder, 'work/source'),
    signal: new AbortController().signal,
    ...over,
  });
}

const inContext = (name: string): Promise<string> => readFile(path.join(contextFolder, name), 'utf8');

beforeAll(async () => {
  await server.start();
  first = app.commit({ Dockerfile: 'FROM scratch\n', 'sub/dir/file': 'one' }, 'The first');
  app.git('tag', '-a', 'v1', '-m', 'release');
  app.git('tag', 'light');
  app.git('branch', 'old');
  second = app.commit({ 'sub/dir/file': 'two', 'weiß ': 'x' }, 'Grüße\n\nA long text.');
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  server.credentials = null;
  server.intercept = () => false;
  server.seen.length = 0;
});

describe('a fetch from git', () => {
  it('takes the default branch and says what it is', async () => {
    expect(await fetch()).toEqual({
      ...{ commit: second, branch: 'main', author: 'Ada Example', message: 'Grüße' },
    });
    expect((await readdir(contextFolder)).sort()).toEqual(['Dockerfile', 'sub', 'weiß ']);
    expect(await inContext('sub/dir/file')).toBe('two');
    expect(existsSync(path.join(folder, 'work/source'))).toBe(false);
  });

  it.each([
    ['old', 'old'],
    ['refs/heads/old', 'old'],
    ['v1', null],
    ['light', null],
    ['refs/tags/v1', null],
  ])('takes %s', async (ref, branch) => {
    expect(await fetch({ ref })).toMatchObject({ commit: first, branch, message: 'The first' });
    expect(await inContext('sub/dir/file')).toBe('one');
  });

  it('takes an exact commit', async () => {
    expect(await fetch({ ref: first })).toMatchObject({ commit: first, branch: null });
  });

  it('takes the recorded commit, wherever the branch has gone since', async () => {
    expect(await fetch({ ref: 'main' }, { commit: first })).toMatchObject({ commit: first });
  });

  it('takes a folder of it', async () => {
    await fetch({ folder: 'sub/dir' });
    expect(await readdir(contextFolder)).toEqual(['file']);
  });

  it.each([
    ['a ref that is not there', { ref: 'gone' }, 'git_ref_not_found', 'no branch or tag "gone"'],
    ['a short commit id', { ref: 'abcdef1' }, 'git_ref_not_found', 'full id'],
    ['a commit that is gone', { ref: 'a'.repeat(40) }, 'git_ref_not_found', `no commit ${'a'.repeat(40)}`],
    ['a folder that is not there', { folder: 'nowhere' }, 'context_invalid', 'no folder "nowhere"'],
    ['a file as the folder', { folder: 'Dockerfile' }, 'context_invalid', 'no folder "Dockerfile"'],
  ])('refuses %s', async (_, source, code, message) => {
    await expect(fetch(source)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('refuses a repository that is not there', async () => {
    await expect(fetch({ url: `${server.url}/none` })).rejects.toMatchObject({ code: 'git_not_found' });
  });
});
