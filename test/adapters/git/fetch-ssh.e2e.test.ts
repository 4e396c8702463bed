import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GitSshServer } from '../../support/git-ssh-server.js';
import { git, Repository } from '../../support/git-repository.js';
import { fetcherFor } from './fetcher.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-ssh-'));
const server = new GitSshServer(path.join(folder, 'sshd'));
const app = new Repository(path.join(folder, 'app'));
const { fetch, contextFolder } = fetcherFor(folder, {});
let commit: string;

beforeAll(async () => {
  commit = app.commit({ Dockerfile: 'FROM scratch\n' });
  await server.start();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const url = (): string => `ssh://${server.user}@127.0.0.1:${server.port}${folder}/app`;
const credential = (change: { privateKey?: string; knownHosts?: string } = {}) => ({
  ...{ kind: 'git_ssh_key' as const, privateKey: server.privateKey, knownHosts: server.knownHosts },
  ...change,
});

describe('a fetch over ssh', () => {
  it('opens the server with the stored key and its known host key', async () => {
    const fetched = await fetch({ url: url() }, { credential: credential() });
    expect(fetched).toMatchObject({ commit, branch: 'main', author: 'Ada Example' });
    expect(await readFile(path.join(contextFolder, 'Dockerfile'), 'utf8')).toBe('FROM scratch\n');
  });

  it('refuses a server whose host key is another one', async () => {
    const [host = ''] = server.knownHosts.split(' ');
    git(folder, '--version');
    const other = `${host} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPxN1gEYz7IGSrzTMVx0BcOE2ZsYyE9CHQ6kDB0S1qJ9`;
    await expect(
      fetch({ url: url() }, { credential: credential({ knownHosts: other }) }),
    ).rejects.toMatchObject({
      code: 'git_host_key_unknown',
    });
  });

  it('refuses a key without known hosts before it connects', async () => {
    const before = server.log;
    await expect(
      fetch({ url: url() }, { credential: credential({ knownHosts: ' ' }) }),
    ).rejects.toMatchObject({
      code: 'git_host_key_unknown',
      message: expect.stringContaining('No host key'),
    });
    await expect(fetch({ url: url() })).rejects.toMatchObject({
      code: 'git_denied',
      message: expect.stringContaining('no ssh key is stored'),
    });
    expect(server.log).toBe(before);
  });

  it('says that a key is not taken', async () => {
    const other = await new GitSshServer(path.join(folder, 'other')).start();
    await other.stop();
    await expect(
      fetch({ url: url() }, { credential: credential({ privateKey: other.privateKey }) }),
    ).rejects.toMatchObject({ code: 'git_denied' });
  });

  it('says that a repository is not there', async () => {
    await expect(fetch({ url: `${url()}-none` }, { credential: credential() })).rejects.toMatchObject({
      code: 'git_not_found',
    });
  });
});
