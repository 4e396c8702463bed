import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GitHttpServer } from '../../support/git-http-server.js';
import { listProcesses } from '../../../src/runners/local/processes.js';
import { Repository } from '../../support/git-repository.js';
import { fetcherFor } from './fetcher.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-hard-'));
const server = new GitHttpServer(folder);
const other = new GitHttpServer(folder);
const app = new Repository(path.join(folder, 'app'));
const { fetch, contextFolder, scratchFolder } = fetcherFor(folder, () => ({
  insecureHosts: [server.host, other.host],
}));
const token = { kind: 'git_token' as const, username: 'bot', token: 'canary-hunter2' };
const url = (): string => `${server.url}/app`;

beforeAll(async () => {
  app.commit({ Dockerfile: 'FROM scratch\n' });
  await Promise.all([server.start(), other.start()]);
});
afterAll(async () => {
  await Promise.all([server.stop(), other.stop()]);
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  for (const one of [server, other]) {
    one.credentials = null;
    one.intercept = () => false;
    one.seen.length = 0;
  }
});

describe('credentials', () => {
  it('open a private repository', async () => {
    server.credentials = 'bot:canary-hunter2';
    await fetch({ url: url() }, { credential: token });
    expect(existsSync(path.join(contextFolder, 'Dockerfile'))).toBe(true);
  });

  it('that are missing or wrong are told apart', async () => {
    server.credentials = 'bot:another';
    await expect(fetch({ url: url() })).rejects.toMatchObject({
      code: 'git_denied',
      message: expect.stringContaining('none are stored'),
    });
    const wrong = fetch({ url: url() }, { credential: token });
    await expect(wrong).rejects.toMatchObject({ code: 'git_denied' });
    await expect(wrong).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
  });

  it('are in no argv and no environment while git runs, and in no file when it is over', async () => {
    const seen: string[] = [];
    server.intercept = () => {
      for (const { pid } of listProcesses()) {
        if (pid === process.pid) continue;
        for (const file of ['cmdline', 'environ']) seen.push(readNow(`/proc/${pid}/${file}`));
      }
      return false;
    };
    server.credentials = 'bot:canary-hunter2';
    await fetch({ url: url(), depth: 1 }, { credential: token });
    const secrets = ['canary-hunter2', Buffer.from('bot:canary-hunter2').toString('base64')];
    expect(seen.some((text) => text.includes('git-remote-http'))).toBe(true);
    expect(seen.filter((text) => secrets.some((secret) => text.includes(secret)))).toEqual([]);
    for (const file of await readdir(path.join(folder, 'work'), { recursive: true })) {
      const content = await readFile(path.join(folder, 'work', file), 'latin1').catch(() => '');
      expect([file, secrets.some((secret) => content.includes(secret))]).toEqual([file, false]);
    }
  });

  it('stay with their host: a submodule on another one gets none', async () => {
    server.credentials = 'bot:canary-hunter2';
    const outer = new Repository(path.join(folder, 'outer'));
    outer.git('submodule', 'add', '--quiet', path.join(folder, 'app'), 'near');
    outer.git('submodule', 'add', '--quiet', path.join(folder, 'app'), 'far');
    outer.git('config', '--file', '.gitmodules', 'submodule.near.url', '../app');
    outer.git('config', '--file', '.gitmodules', 'submodule.far.url', `${other.url}/app`);
    outer.commit({});
    await fetch({ url: `${server.url}/outer`, submodules: true }, { credential: token });
    expect((await readdir(path.join(contextFolder, 'near'))).sort()).toEqual(['Dockerfile']);
    expect((await readdir(path.join(contextFolder, 'far'))).sort()).toEqual(['Dockerfile']);
    expect(other.seen.length).toBeGreaterThan(0);
    expect(other.seen.filter(({ authorization }) => authorization !== null)).toEqual([]);
    await fetch({ url: `${server.url}/outer` }, { credential: token });
    expect(await readdir(path.join(contextFolder, 'near'))).toEqual([]);
  });
});

describe('hosts', () => {
  it('in networks that are not allowed are refused, and nothing is sent to them', async () => {
    const closed = { host: { allowedNetworks: [] } };
    await expect(fetch({ url: url() }, closed)).rejects.toMatchObject({ code: 'host_not_allowed' });
    const names: [string, string][] = [
      ['inside.example', '10.0.0.1'],
      ['metadata.example', '169.254.169.254'],
      ['mapped.example', '::ffff:127.0.0.1'],
    ];
    for (const [name, address] of names) {
      const resolve = () => Promise.resolve([address]);
      const asked = fetch({ url: `https://${name}/app` }, { host: { allowedNetworks: [], resolve } });
      await expect(asked).rejects.toMatchObject({ code: 'host_not_allowed' });
    }
    expect(server.seen).toEqual([]);
  });

  it('are reached at the address that was judged, whatever their name says later', async () => {
    const port = new URL(server.url).port;
    const host = { insecureHosts: ['git.example'], resolve: () => Promise.resolve(['127.0.0.1']) };
    expect(await fetch({ url: `http://git.example:${port}/app` }, { host })).toMatchObject({
      branch: 'main',
    });
  });

  it('in plain HTTP have to be listed', async () => {
    const asked = fetch({ url: url() }, { host: { insecureHosts: [] } });
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining('KILN_INSECURE_GIT_HOSTS'),
    });
    expect(server.seen).toEqual([]);
  });

  it('that send elsewhere are not followed', async () => {
    server.intercept = (request, response) => {
      response.writeHead(302, { location: `${other.url}${request.url ?? ''}` }).end();
      return true;
    };
    const asked = fetch({ url: url() }, { credential: token });
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('sends on') });
    expect(other.seen).toEqual([]);
  });

  it('that are proxied are reached through the proxy', async () => {
    const proxies = { http: other.url, https: other.url, direct: [] };
    const asked = fetch(
      { url: 'http://git.example/app' },
      {
        host: { proxies, insecureHosts: ['git.example'], resolve: () => Promise.reject(new Error('never')) },
      },
    );
    await asked.catch(() => {});
    expect(other.seen[0]?.url).toContain('http://git.example/app/info/refs');
  });
});

describe('a hostile repository', () => {
  const canary = path.join(folder, 'canary');

  it('starts no hook, filter or other program', async () => {
    const evil = new Repository(path.join(folder, 'evil'));
    const program = path.join(folder, 'program.sh');
    await writeFile(program, `#!/bin/sh\ntouch ${canary}\ncat\n`, { mode: 0o755 });
    evil.git('config', 'uploadpack.packObjectsHook', '');
    evil.commit({
      '.gitattributes': '* filter=evil diff=evil merge=evil\n',
      '.gitconfig': `[filter "evil"]\n\tsmudge = ${program}\n`,
      'hooks/post-checkout': `#!/bin/sh\ntouch ${canary}\n`,
      file: 'text\n',
    });
    await fetch({ url: `${server.url}/evil`, submodules: true, lfs: true, depth: 0 });
    expect(existsSync(canary)).toBe(false);
    expect(await readdir(path.join(contextFolder, '.git')).then((names) => names.includes('hooks'))).toBe(
      false,
    );
  });

  it.each([
    ['ext::sh -c "touch x"', 'may hold no space'],
    ['file:///etc', 'file://'],
    // git's own check of what it receives comes before ours.
    ['--upload-pack=touch x', 'damaged or dangerous'],
    ['../../../../../x', 'leads out'],
  ])('gets no submodule from %s', async (bad, why) => {
    const evil = new Repository(mkdtempSync(path.join(folder, 'module-')));
    evil.git('submodule', 'add', '--quiet', path.join(folder, 'app'), 'part');
    evil.git('config', '--file', '.gitmodules', 'submodule.part.url', bad);
    evil.commit({});
    const asked = fetch({ url: `${server.url}/${path.basename(evil.folder)}`, submodules: true });
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining(why) });
  });

  it('cannot name a folder that leads out by a link', async () => {
    const evil = new Repository(path.join(folder, 'links'));
    await symlink('/etc', path.join(evil.folder, 'out'));
    await symlink('..', path.join(evil.folder, 'up'));
    evil.commit({});
    for (const name of ['out', 'up', 'up/etc']) {
      await expect(fetch({ url: `${server.url}/links`, folder: name })).rejects.toMatchObject({
        code: 'path_escapes_context',
      });
    }
  });

  it('is not written to the disk when it is too large', async () => {
    const large = new Repository(path.join(folder, 'large'));
    large.commit({ zeros: Buffer.alloc(3_000_000) });
    const asked = fetch(
      { url: `${server.url}/large` },
      { limits: { context_max_bytes: { value: 1_000_000, origin: 'tenant' } } },
    );
    await expect(asked).rejects.toMatchObject({ code: 'source_too_large' });
    const many = fetch({ url: url() }, { limits: { context_max_entries: { value: 0, origin: 'tenant' } } });
    await expect(many).rejects.toMatchObject({ code: 'source_too_large' });
  });
});

describe('a fetch that is ended', () => {
  it('is gone with all its processes', async () => {
    const stop = new AbortController();
    server.intercept = () => {
      setTimeout(() => stop.abort(new Error('cancelled by the test')), 50);
      return true;
    };
    await expect(fetch({ url: url() }, { signal: stop.signal })).rejects.toThrow('cancelled by the test');
    expect(processesNaming(server.host)).toEqual([]);
    expect(existsSync(scratchFolder)).toBe(false);
  });

  it('by the death of its supervisor is ended by the next one', async () => {
    let answered = false;
    server.intercept = () => {
      const isFirst = !answered;
      answered = true;
      return isFirst;
    };
    const first = fetch({ url: url() }).catch((error: unknown) => error);
    while (!answered) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(processesNaming(server.host)).not.toEqual([]);
    const next = fetch({ url: url() }).catch((error: unknown) => error);
    // Unlike a dead supervisor the first fetch cleans up here, and the two may take the folder from under each other.
    expect(await first).toMatchObject({ code: expect.stringMatching(/^(git_failed|ENOTEMPTY)$/) });
    await next;
    expect(await fetch({ url: url() })).toMatchObject({ branch: 'main' });
    expect(processesNaming(server.host)).toEqual([]);
  });

  it('by its own time limit says so', async () => {
    server.intercept = () => true;
    await expect(fetch({ url: url() }, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'git_unreachable',
      message: expect.stringContaining('within'),
    });
    expect(processesNaming(server.host)).toEqual([]);
  });
});

function processesNaming(text: string): string[] {
  return listProcesses()
    .filter(({ pid }) => pid !== process.pid)
    .map(({ pid }) => readNow(`/proc/${pid}/cmdline`))
    .filter((argv) => argv.includes(text));
}

function readNow(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
