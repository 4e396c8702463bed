import { existsSync, mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GitHttpServer } from '../../support/git-http-server.js';
import { git, Repository } from '../../support/git-repository.js';
import { fetcherFor } from './fetcher.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-git-'));
const server = new GitHttpServer(folder);
const app = new Repository(path.join(folder, 'app'));
let first: string;
let second: string;

const fetcher = fetcherFor(folder, () => ({ insecureHosts: [server.host] }));
const { contextFolder } = fetcher;
const fetch = (
  source: Parameters<typeof fetcher.fetch>[0] = {},
  more: Parameters<typeof fetcher.fetch>[1] = {},
) => fetcher.fetch({ url: `${server.url}/app`, ...source }, more);
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
  server.protocol = null;
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

  it('keeps history and branch where it is asked for', async () => {
    await fetch({ ref: 'main', depth: 2 });
    const seen = (...args: string[]) => git(contextFolder, ...args);
    expect(seen('log', '--format=%s').split('\n')).toEqual(['Grüße', 'The first']);
    expect(seen('rev-parse', '--abbrev-ref', 'HEAD')).toBe('main');
    expect(seen('status', '--porcelain')).toBe('');
    expect(seen('config', 'remote.origin.url')).toBe(`${server.url}/app`);
    await fetch({ ref: first, depth: 0 });
    expect(seen('log', '--format=%s').split('\n')).toEqual(['The first']);
  });

  it('asks for everything where a server gives out tips only', async () => {
    app.git('config', 'uploadpack.allowAnySHA1InWant', 'false');
    server.protocol = '';
    expect(await fetch({ ref: first })).toMatchObject({ commit: first });
    const gone = fetch({ ref: 'a'.repeat(40) });
    await expect(gone).rejects.toMatchObject({ code: 'git_ref_not_found' });
  });

  it('refuses a repository that is not there', async () => {
    await expect(fetch({ url: `${server.url}/none` })).rejects.toMatchObject({ code: 'git_not_found' });
  });
});
