import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseLfsPointer } from '../../../src/adapters/git/lfs-pointer.js';
import { GitHttpServer } from '../../support/git-http-server.js';
import { Repository } from '../../support/git-repository.js';
import { fetcherFor } from './fetcher.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-lfs-'));
const server = new GitHttpServer(folder);
const app = new Repository(path.join(folder, 'app.git'));
const { fetch, contextFolder } = fetcherFor(folder, () => ({ insecureHosts: [server.host] }));
const content = Buffer.from('large, says the test\n'.repeat(1000));
const oid = createHash('sha256').update(content).digest('hex');
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
const token = { kind: 'git_token' as const, username: 'bot', token: 'hunter2' };
let served: Buffer;
let href: string;

/** The batch API and the store of objects. */
function answerLfs(request: IncomingMessage, response: ServerResponse): boolean {
  const url = request.url ?? '';
  if (url === '/app.git/info/lfs/objects/batch') {
    void text(request).then((body) => {
      const { objects } = JSON.parse(body) as { objects: { oid: string; size: number }[] };
      const found = objects.map((object) => ({ ...object, actions: { download: { href } } }));
      response.setHeader('content-type', 'application/vnd.git-lfs+json');
      response.end(JSON.stringify({ objects: found }));
    });
    return true;
  }
  if (!url.startsWith('/objects/')) return false;
  response.end(served);
  return true;
}

beforeAll(async () => {
  await server.start();
  app.commit({
    '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
    'data/large.bin': pointer,
    'note.txt': pointer,
  });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  served = content;
  href = `${server.url}/objects/${oid}`;
  server.seen.length = 0;
  server.intercept = answerLfs;
});

const source = () => ({ url: `${server.url}/app.git`, lfs: true });
const inContext = (name: string) => readFile(path.join(contextFolder, name), 'utf8');

describe('files that git LFS keeps', () => {
  it('come in the place of their pointers where the attributes say so', async () => {
    await fetch(source(), { credential: token });
    expect(await inContext('data/large.bin')).toBe(content.toString());
    expect((await stat(path.join(contextFolder, 'data/large.bin'))).mode & 0o777).toBe(0o644);
    expect(await inContext('note.txt')).toBe(pointer);
    const basic = `Basic ${Buffer.from('bot:hunter2').toString('base64')}`;
    expect(server.seen.filter(({ url }) => /lfs|objects/.test(url))).toEqual([
      { url: '/app.git/info/lfs/objects/batch', authorization: basic },
      { url: `/objects/${oid}`, authorization: basic },
    ]);
  });

  it('stay pointers where nobody asks for them', async () => {
    await fetch({ ...source(), lfs: false });
    expect(await inContext('data/large.bin')).toBe(pointer);
  });

  it.each([
    ['other bytes', Buffer.from(content).fill('x')],
    ['too few bytes', content.subarray(1)],
    ['too many bytes', Buffer.concat([content, content])],
  ])('are refused with %s', async (_, bytes) => {
    served = bytes;
    await expect(fetch(source())).rejects.toMatchObject({
      code: 'git_failed',
      message: expect.stringContaining(oid),
    });
  });

  it.each([
    ['http://10.0.0.1/objects/x', 'invalid_request'],
    ['https://169.254.169.254/latest', 'host_not_allowed'],
    ['file:///etc/passwd', 'invalid_request'],
  ])('are not fetched from %s', async (where, code) => {
    href = where;
    await expect(fetch(source(), { credential: token })).rejects.toMatchObject({ code });
  });

  it('get no credentials for another server', async () => {
    const store = await new GitHttpServer(folder).start();
    store.intercept = answerLfs;
    href = `${store.url}/objects/${oid}`;
    await fetch(source(), { credential: token, host: { insecureHosts: [server.host, store.host] } });
    expect(store.seen).toEqual([{ url: `/objects/${oid}`, authorization: null }]);
    await store.stop();
  });

  it('count into the size of the source', async () => {
    await expect(
      fetch(source(), { limits: { context_max_bytes: { value: 10_000, origin: 'tenant' } } }),
    ).rejects.toMatchObject({
      code: 'source_too_large',
    });
  });
});

test('a pointer is read by the letter', () => {
  expect(parseLfsPointer(pointer)).toEqual({ oid, sizeBytes: content.length });
  expect(parseLfsPointer(`${pointer}x`)).toBeNull();
  expect(parseLfsPointer(pointer.replace('sha256:', 'sha256:../'))).toBeNull();
});
