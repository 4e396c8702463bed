import {
  chmodSync,
  createWriteStream,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { archiveEntries } from '../../../src/adapters/context/archive-entries.js';
import { packContext } from '../../../src/adapters/context/pack-context.js';
import { unpackContext } from '../../../src/adapters/context/unpack-context.js';
import { temporaryFolder } from './archives.js';

describe('a packed context', () => {
  let base: ReturnType<typeof temporaryFolder>;
  let source: string;
  beforeEach(() => {
    base = temporaryFolder();
    source = path.join(base.path, 'source');
    write('Dockerfile', 'FROM scratch\n');
  });
  afterEach(() => base.remove());

  function write(name: string, content: string | Buffer = ''): void {
    const file = path.join(source, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  async function packed(name = 'a.tar.gz', dockerfile = 'Dockerfile') {
    const file = path.join(base.path, name);
    const context = await packContext(source, { dockerfile });
    await pipeline(context.stream, createWriteStream(file));
    return { file, ...context, ...(await context.digest) };
  }

  async function names(dockerfile?: string): Promise<string[]> {
    const { file } = await packed('n.tar.gz', dockerfile);
    const found: string[] = [];
    for await (const { header } of archiveEntries(file, { maxBytes: 1e9 })) found.push(header.name);
    return found;
  }

  test('unpacks to the same files, modes, links and times', async () => {
    write('bin/run', '#!/bin/sh\n');
    chmodSync(path.join(source, 'bin/run'), 0o755);
    write('data', Buffer.alloc(300_000, 'abc'));
    symlinkSync('bin/run', path.join(source, 'link'));
    mkdirSync(path.join(source, 'empty'));
    const { file, entries, contentBytes } = await packed();
    const target = path.join(base.path, 'target');
    mkdirSync(target);
    await unpackContext(file, target);
    expect([entries, contentBytes]).toEqual([6, 300_023]);
    expect(readFileSync(path.join(target, 'data'))).toEqual(readFileSync(path.join(source, 'data')));
    expect(lstatSync(path.join(target, 'bin/run')).mode & 0o7777).toBe(0o755);
    expect(readlinkSync(path.join(target, 'link'))).toBe('bin/run');
    expect(lstatSync(path.join(target, 'empty')).isDirectory()).toBe(true);
    const seconds = (name: string) => Math.floor(lstatSync(name).mtimeMs / 1000);
    expect(seconds(path.join(target, 'data'))).toBe(seconds(path.join(source, 'data')));
  });

  test('is the same to the byte each time, and its digest is that of the bytes', async () => {
    for (const name of ['b', 'a', 'c/d', 'c/b']) write(name, name);
    const [first, second] = [await packed('1'), await packed('2')];
    expect(readFileSync(first.file)).toEqual(readFileSync(second.file));
    const bytes = readFileSync(first.file);
    expect(first.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(first.sizeBytes).toBe(bytes.length);
  });

  test('has the Dockerfile first and the rest in order', async () => {
    for (const name of ['z', 'a/b', 'B']) write(name);
    expect(await names()).toEqual(['Dockerfile', 'B', 'a/', 'a/b', 'z']);
  });

  test('leaves out what .dockerignore says, but never Dockerfile and .dockerignore', async () => {
    write('.dockerignore', '*\n!src\nsrc/*.log\n');
    for (const name of ['x', 'src/a', 'src/b.log', 'src/sub/c.log', '.git/config']) write(name);
    expect(await names()).toEqual([
      'Dockerfile',
      '.dockerignore',
      'src/',
      'src/a',
      'src/sub/',
      'src/sub/c.log',
    ]);
  });

  test('follows the ignore file of its own Dockerfile before the common one', async () => {
    write('docker/api.Dockerfile', 'FROM scratch\n');
    write('docker/api.Dockerfile.dockerignore', 'docker\nx\n');
    write('.dockerignore', 'y\n');
    for (const name of ['x', 'y', 'docker/other']) write(name);
    expect(await names('docker/api.Dockerfile')).toEqual([
      'docker/api.Dockerfile',
      '.dockerignore',
      'Dockerfile',
      'docker/',
      'docker/api.Dockerfile.dockerignore',
      'y',
    ]);
  });

  test('takes back what an exception names below an excluded folder', async () => {
    write('.dockerignore', 'node_modules\n!node_modules/keep/**\n');
    for (const name of ['node_modules/keep/a', 'node_modules/drop/b']) write(name);
    expect(await names()).toEqual([
      'Dockerfile',
      '.dockerignore',
      'node_modules/',
      'node_modules/keep/',
      'node_modules/keep/a',
    ]);
  });

  test('tells its progress in bytes', async () => {
    write('data', Buffer.alloc(100_000, 1));
    const seen: number[] = [];
    const context = await packContext(source, { onBytes: (bytes) => seen.push(bytes) });
    context.stream.resume();
    const { sizeBytes } = await context.digest;
    expect(seen.at(-1)).toBe(sizeBytes);
  });

  test.each([
    ['upwards', '../secret'],
    ['to an absolute path', '/etc/passwd'],
  ])('is refused with a link %s, unless it is left out', async (_, target) => {
    symlinkSync(target, path.join(source, 'bad'));
    await expect(packContext(source)).rejects.toMatchObject({
      code: 'path_escapes_context',
      message: expect.stringContaining('"bad"') as unknown,
    });
    write('.dockerignore', 'bad\n');
    await expect(packed()).resolves.toMatchObject({ entries: 2 });
  });

  test('says so when a file changes while it is packed', async () => {
    write('data', Buffer.alloc(200_000, 1));
    const context = await packContext(source);
    writeFileSync(path.join(source, 'data'), 'short');
    await expect(
      pipeline(context.stream, createWriteStream(path.join(base.path, 'x'))),
    ).rejects.toMatchObject({
      code: 'context_invalid',
      message: expect.stringMatching(/"data".*changed/) as unknown,
    });
  });

  test('keeps names of 300 characters and of other alphabets', async () => {
    const long = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
    write(long);
    write('ü/日本.txt');
    const found = await names();
    expect(found).toContain(long);
    expect(found).toContain('ü/日本.txt');
  });
});
