import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createContentFiles } from '../../src/adapters/blobs/content-files.js';
import { createClient } from '../../src/cli/client.js';
import type { Cli } from '../../src/cli/cli.js';
import type { Progress } from '../../src/cli/progress/progress.js';
import { sendContext } from '../../src/cli/send-context.js';
import { DEFAULT_LIMITS } from '../../src/api/deps.js';
import { sha256Of } from '../api/support/a-context.js';
import type { ContentFiles } from '../../src/ports/contents.js';
import { TENANT, UPLOAD_ID } from '../api/support/records.js';
import { type ApiUnderTest, startApi } from '../api/support/running-api.js';
import { cuttingProxy, type CuttingProxy } from './support/cutting-proxy.js';

const MB = 1024 * 1024;
/** Less than this is lost where a line breaks: what the server has taken off the line and not yet stored. */
const LOST_BYTES = 300_000;

let api: ApiUnderTest;
let proxy: CuttingProxy;
let base: string;
let folder: string;
let said: string[];
/** Pieces of large files: how many the server has begun to take, and has done with. */
let pieces: { begun: number; over: number };
beforeEach(async () => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'kiln-send-'));
  pieces = { begun: 0, over: 0 };
  api = await startApi({
    limits: { ...DEFAULT_LIMITS },
    installationLimits: {},
    files: counted(createContentFiles(path.join(base, 'blobs'))),
  });
  proxy = await cuttingProxy(api.url);
  folder = path.join(base, 'app');
  said = [];
  write('Dockerfile', 'FROM scratch\n');
});
afterEach(async () => {
  await proxy.close();
  await api.close();
  fs.rmSync(base, { recursive: true, force: true });
});

function counted(files: ContentFiles): ContentFiles {
  return {
    ...files,
    append: (...piece) => {
      pieces.begun += 1;
      return files.append(...piece).finally(() => (pieces.over += 1));
    },
  };
}

/** Lets nothing pass after a break until the server is done with what came before it. */
function settlePieces(): void {
  let settled = 0;
  proxy.afterCut(() => {
    if (pieces.begun === settled || pieces.over < pieces.begun) return false;
    settled = pieces.begun;
    return true;
  });
}

function write(name: string, content: string | Buffer): void {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

/** Sends the folder as `kiln build` does; gives the id, and keeps what was said. */
function send(signal = new AbortController().signal): Promise<string> {
  const say = (text?: string): void => void (text !== undefined && said.push(text));
  const measure = ([text]: readonly string[]): void => say(text);
  const task = { measure, update: say, done: say, warn: say, fail: () => say('failed') };
  const progress = { task: (title: string) => (say(title), task) } as unknown as Progress;
  const cli = { env: { HOME: base }, cwd: base } as unknown as Cli;
  const client = createClient({ apiUrl: proxy.url, token: 'good-token' });
  return sendContext(
    cli,
    client,
    { folder, dockerfile: 'Dockerfile', dockerfileOption: 'Dockerfile' },
    progress,
    signal,
    { largeBytes: MB, firstDelayMs: 1 },
  );
}

const isStored = (bytes: Buffer | string): boolean =>
  api.data.contents.get(TENANT.tenantId)?.get(sha256Of(bytes))?.isStored === true;

describe('a context', () => {
  it('is sent whole the first time, and not at all the second time', async () => {
    for (let index = 0; index < 50; index++) write(`src/${index % 7}/${index}`, randomBytes(20_000));
    expect(await send()).toBe(UPLOAD_ID);
    expect(said.at(-1)).toBe('Sent 1.0 MB: 51 of 51 files');
    expect(proxy.bytesUp()).toBeGreaterThan(1_000_000);

    proxy.reset();
    expect(await send()).toBe(UPLOAD_ID);
    expect(said.at(-1)).toBe('Kiln has the context: 51 files, 1.0 MB');
    expect(proxy.requests()).toEqual([expect.stringMatching(/^GET \/v1\/uploads\/sha256\//)]);
    expect(proxy.bytesUp()).toBeLessThan(1_000);
  });

  it('with one changed file sends the list and that file', async () => {
    for (let index = 0; index < 50; index++) write(`src/${index}`, randomBytes(20_000));
    await send();
    proxy.reset();
    write('src/7', randomBytes(30_000));
    await send();
    expect(said.at(-1)).toBe('Sent 30.0 kB: 1 of 51 files');
    expect(proxy.bytesUp()).toBeGreaterThan(30_000);
    expect(proxy.bytesUp()).toBeLessThan(60_000);
  });

  it('that is moved and holds files twice sends each content once', async () => {
    const bytes = randomBytes(500_000);
    write('a', bytes);
    write('copy/of/a', bytes);
    await send();
    expect(proxy.bytesUp()).toBeLessThan(600_000);
    proxy.reset();
    fs.renameSync(path.join(folder, 'copy'), path.join(folder, 'moved'));
    await send();
    expect(proxy.bytesUp()).toBeLessThan(10_000);
  });
});

describe('a transfer that is cut off at 90 %', () => {
  it('goes on by itself where it was, with a large file', async () => {
    const big = randomBytes(4 * MB);
    write('big', big);
    settlePieces();
    proxy.cutAfter(3.6 * MB);
    expect(await send()).toBe(UPLOAD_ID);
    expect(isStored(big)).toBe(true);
    expect(said.some((text) => text.includes('the connection broke, going on'))).toBe(true);
    expect(proxy.bytesUp()).toBeLessThan(4 * MB + LOST_BYTES);
  });

  it('goes on by itself, with small files', async () => {
    for (let index = 0; index < 80; index++) write(`src/${index}`, randomBytes(50_000));
    const storedCount = (): number =>
      [...(api.data.contents.get(TENANT.tenantId)?.values() ?? [])].filter((content) => content.isStored)
        .length;
    /* Besides the list: what was whole becomes known at once. */
    proxy.afterCut(() => storedCount() > 1);
    proxy.cutAfter(3_600_000);
    await send();
    expect(storedCount()).toBe(82);
    expect(proxy.bytesUp()).toBeLessThan(4_000_000 + LOST_BYTES);
  });

  it('goes on when the command is started again', async () => {
    const big = randomBytes(4 * MB);
    write('big', big);
    const stop = new AbortController();
    settlePieces();
    proxy.cutAfter(3.6 * MB, () => stop.abort());
    await expect(send(stop.signal)).rejects.toThrow();
    expect(isStored(big)).toBe(false);

    proxy.reset();
    await send();
    expect(isStored(big)).toBe(true);
    expect(proxy.bytesUp()).toBeLessThan(0.4 * MB + LOST_BYTES);
  });

  it('goes on through a line that breaks again and again', async () => {
    const big = randomBytes(4 * MB);
    write('big', big);
    settlePieces();
    proxy.cutEvery(MB);
    await send();
    expect(isStored(big)).toBe(true);
    expect(proxy.bytesUp()).toBeLessThan(4 * MB + 5 * LOST_BYTES);
  });
});

describe('a file that changes', () => {
  it('between reading and sending is read again', async () => {
    write('data', 'x'.repeat(1000));
    proxy.onRequest('POST /v1/contents', () => write('data', 'y'.repeat(1000)), 'once');
    await send();
    expect(said).toContain('A file changed: reading the context again');
    expect(isStored('y'.repeat(1000))).toBe(true);
  });

  it('all the time ends with what to do about it', async () => {
    let times = 0;
    write('data', randomBytes(1000));
    proxy.onRequest('POST /v1/contents', () => write('data', randomBytes(1000 + (times += 1))));
    await expect(send()).rejects.toMatchObject({ code: 'digest_mismatch' });
  });

  it('keeping its size and time is seen by its change time', async () => {
    const old = new Date(Date.now() - 60_000);
    write('data', 'first');
    fs.utimesSync(path.join(folder, 'data'), old, old);
    await send();
    write('data', 'other');
    fs.utimesSync(path.join(folder, 'data'), old, old);
    await send();
    expect(isStored('other')).toBe(true);
  });
});

it('remembers the digests of files that have been quiet, and reads no such file again', async () => {
  write('data', 'quiet');
  const cache = path.join(base, '.cache', 'kiln', 'digests');
  await send();
  const [name = ''] = fs.readdirSync(cache);
  expect(fs.statSync(path.join(cache, name)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(fs.readFileSync(path.join(cache, name), 'utf8'))).toEqual({});

  const realNow = Date.now;
  const later = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 5_000);
  await send();
  later.mockRestore();
  const kept = JSON.parse(fs.readFileSync(path.join(cache, name), 'utf8')) as Record<string, unknown[]>;
  expect(kept['data']?.at(-1)).toBe(sha256Of('quiet'));

  /* A digest that is not the file's shows whether it was read. */
  kept['data']?.splice(-1, 1, sha256Of('x'.repeat(5)));
  fs.writeFileSync(path.join(cache, name), JSON.stringify(kept));
  await send();
  expect(said).toContain('A file changed: reading the context again');
});
