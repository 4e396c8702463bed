import {
  createWriteStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { unpackContext } from '../../../src/adapters/context/unpack-context.js';
import { makeArchive, rawHeader, temporaryFolder, writeArchive, type MadeEntry } from './archives.js';

describe('an uploaded context', () => {
  let base: ReturnType<typeof temporaryFolder>;
  let folder: string;
  const limits = { maxBytes: 10 * 1024 * 1024, maxEntries: 100 };

  beforeEach(() => {
    base = temporaryFolder();
    folder = path.join(base.path, 'context');
    mkdirSync(folder);
  });
  afterEach(() => base.remove());

  const archive = (entries: readonly MadeEntry[]) => makeArchive(path.join(base.path, 'a.tar.gz'), entries);
  const refusal = async (entries: readonly MadeEntry[]) => {
    const error: unknown = await unpackContext(await archive(entries), folder, limits).catch(
      (thrown: unknown) => thrown,
    );
    return error as { code: string; message: string };
  };
  /** Nothing but the archive and the context may be in the folder around it. */
  const outside = () => readdirSync(base.path).filter((name) => !['a.tar.gz', 'context'].includes(name));

  test('is unpacked with content, modes and times', async () => {
    const mtime = new Date('2024-05-06T07:08:09Z');
    const report = await unpackContext(
      await archive([
        { name: './', type: 'directory' },
        { name: 'bin/', type: 'directory', mode: 0o755, mtime },
        { name: './bin/run.sh', mode: 0o755, mtime, content: '#!/bin/sh\n' },
        { name: 'deep/er/file', mode: 0o640, mtime, content: 'x' },
        { name: 'link', type: 'symlink', linkname: 'bin/run.sh' },
        { name: 'deep/up', type: 'symlink', linkname: '../bin' },
        { name: 'hard', type: 'link', linkname: 'bin/run.sh' },
        { name: 'dangling', type: 'symlink', linkname: 'not/there' },
      ]),
      folder,
      limits,
    );
    expect(report).toEqual({ entries: 8, contentBytes: 11 });
    expect(readFileSync(path.join(folder, 'hard'), 'utf8')).toBe('#!/bin/sh\n');
    expect(readlinkSync(path.join(folder, 'deep/up'))).toBe('../bin');
    const run = lstatSync(path.join(folder, 'bin/run.sh'));
    expect([run.mode & 0o7777, run.mtime]).toEqual([0o755, mtime]);
    expect(lstatSync(path.join(folder, 'deep/er/file')).mode & 0o7777).toBe(0o640);
    expect(lstatSync(path.join(folder, 'bin')).mtime).toEqual(mtime);
  });

  test('may be a plain tar', async () => {
    const file = await makeArchive(path.join(base.path, 'a.tar.gz'), [{ name: 'a', content: 'b' }], false);
    await unpackContext(file, folder, limits);
    expect(readFileSync(path.join(folder, 'a'), 'utf8')).toBe('b');
  });

  test('loses setuid, setgid and sticky bits', async () => {
    await unpackContext(
      await archive([
        { name: 'su', mode: 0o7755, content: 'x' },
        { name: 'd', type: 'directory', mode: 0o7777 },
      ]),
      folder,
      limits,
    );
    expect(lstatSync(path.join(folder, 'su')).mode & 0o7777).toBe(0o755);
    expect(lstatSync(path.join(folder, 'd')).mode & 0o7777).toBe(0o777);
  });

  test('keeps the last of two entries of one name', async () => {
    await unpackContext(
      await archive([
        { name: 'a', content: '1' },
        { name: 'a', content: '2' },
      ]),
      folder,
      limits,
    );
    expect(readFileSync(path.join(folder, 'a'), 'utf8')).toBe('2');
  });

  test.each<[string, MadeEntry[], RegExp]>([
    ['".." in a name', [{ name: '../evil', content: 'x' }], /"\.\.\/evil"/],
    ['".." in the middle', [{ name: 'a/../../evil', content: 'x' }], /evil/],
    ['an absolute name', [{ name: '/tmp/evil', content: 'x' }], /evil/],
    ['an absolute link', [{ name: 'l', type: 'symlink', linkname: '/etc/passwd' }], /"l".*\/etc\/passwd/],
    ['a link upwards', [{ name: 'l', type: 'symlink', linkname: '../evil' }], /"l"/],
    [
      'a link upwards from below',
      [{ name: 'a/b/l', type: 'symlink', linkname: '../../../evil' }],
      /"a\/b\/l"/,
    ],
    [
      'a file through an earlier link',
      [
        { name: 'l', type: 'symlink', linkname: '.' },
        { name: 'l/evil', content: 'x' },
      ],
      /"l\/evil".*the link l/,
    ],
    [
      'a file through a link that leads out',
      [
        { name: 'l', type: 'symlink', linkname: '..' },
        { name: 'l/evil', content: 'x' },
      ],
      /the link l/,
    ],
    [
      'a link that leads out by way of another',
      [
        { name: 'd1/d2/up', type: 'symlink', linkname: '..' },
        { name: 'out', type: 'symlink', linkname: 'd1/d2/up/../..' },
      ],
      /"out"/,
    ],
    [
      'a link that a later entry turns outwards',
      [
        { name: 'd/x', content: 'x' },
        { name: 'out', type: 'symlink', linkname: 'p/..' },
        { name: 'p', type: 'symlink', linkname: 'd/../q' },
        { name: 'q', type: 'symlink', linkname: '.' },
      ],
      /"out"/,
    ],
    ['a hard link upwards', [{ name: 'h', type: 'link', linkname: '../secret' }], /secret/],
    ['an absolute hard link', [{ name: 'h', type: 'link', linkname: '/etc/passwd' }], /passwd/],
    [
      'a hard link through a link',
      [
        { name: 'l', type: 'symlink', linkname: '.' },
        { name: 'h', type: 'link', linkname: 'l/x' },
      ],
      /"h"/,
    ],
  ])('with %s is refused, and nothing is written outside', async (_, entries, named) => {
    writeFileSync(path.join(base.path, 'context', '.keep'), '');
    const error = await refusal(entries);
    expect(error).toMatchObject({ code: 'path_escapes_context' });
    expect(error.message).toMatch(named);
    expect(outside()).toEqual([]);
    expect(existsSync('/tmp/evil')).toBe(false);
  });

  test.each<[string, MadeEntry[], RegExp]>([
    [
      'a device',
      [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }],
      /"null" .*character-device/,
    ],
    ['a block device', [{ name: 'sda', type: 'block-device' }], /block-device/],
    ['a pipe', [{ name: 'p', type: 'fifo' }], /fifo/],
    ['a hard link to nothing', [{ name: 'h', type: 'link', linkname: 'absent' }], /"h"/],
    [
      'a hard link to a symbolic link',
      [
        { name: 's', type: 'symlink', linkname: 'x' },
        { name: 'h', type: 'link', linkname: 's' },
      ],
      /"h"/,
    ],
    [
      'a file that becomes a folder',
      [
        { name: 'a', content: 'x' },
        { name: 'a/b', content: 'y' },
      ],
      /"a\/b".*a, which is no folder/,
    ],
    [
      'a folder that becomes a link',
      [
        { name: 'a/b', content: 'x' },
        { name: 'a', type: 'symlink', linkname: 'c' },
      ],
      /"a" .*twice/,
    ],
    ['a name too long for a file', [{ name: `${'n'.repeat(300)}/x`, content: 'x' }], /no file can have/],
  ])('with %s is refused', async (_, entries, named) => {
    const error = await refusal(entries);
    expect(error).toMatchObject({ code: 'context_invalid' });
    expect(error.message).toMatch(named);
  });

  test('with NUL in a PAX path is refused', async () => {
    const record = '20 path=ok\u0000/../../ev\n';
    const body = Buffer.alloc(512);
    body.write(record);
    const file = writeArchive(path.join(base.path, 'a.tar.gz'), [
      rawHeader({ name: 'pax', size: record.length, type: 'x' }),
      body,
      rawHeader({ name: 'f', size: 0, type: '0' }),
    ]);
    await expect(unpackContext(file, folder, limits)).rejects.toMatchObject({ code: 'context_invalid' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['text', Buffer.from('this is no archive, '.repeat(100))],
    ['a broken gzip', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(600, 7)])],
    ['a tar that ends early', rawHeader({ name: 'f', size: 5000, type: '0' })],
  ])('that is %s is refused', async (_, bytes) => {
    const file = path.join(base.path, 'a.tar.gz');
    writeFileSync(file, bytes);
    await expect(unpackContext(file, folder, limits)).rejects.toMatchObject({
      code: 'context_invalid',
      message: expect.stringContaining('no whole tar') as unknown,
    });
  });

  test('with a header that announces a gigabyte of names is refused', async () => {
    const file = writeArchive(path.join(base.path, 'a.tar.gz'), [
      rawHeader({ name: 'pax', size: 1024 ** 3, type: 'x' }),
    ]);
    await expect(unpackContext(file, folder, limits)).rejects.toMatchObject({ code: 'context_invalid' });
  });

  test('with too many entries is refused', async () => {
    const error = await refusal(Array.from({ length: 101 }, (_, index) => ({ name: `f${index}` })));
    expect(error).toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining('100 entries') as unknown,
    });
  });

  test('with a file that announces more than allowed is refused before it is written', async () => {
    const file = writeArchive(path.join(base.path, 'a.tar.gz'), [
      rawHeader({ name: 'huge', size: 7 * 1024 ** 3, type: '0' }),
    ]);
    await expect(unpackContext(file, folder, limits)).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining('"huge"') as unknown,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that is a gzip bomb is refused by its ratio, with little memory', async () => {
    const sizeBytes = 300 * 1024 * 1024;
    const header = rawHeader({ name: 'zeros', size: sizeBytes, type: '0' });
    const zeros = Buffer.alloc(1024 * 1024);
    const blocks = function* () {
      yield header;
      for (let sent = 0; sent < sizeBytes; sent += zeros.length) yield zeros;
    };
    const file = path.join(base.path, 'a.tar.gz');
    await pipeline(Readable.from(blocks()), createGzip(), createWriteStream(file));
    const before = process.memoryUsage().rss;
    await expect(unpackContext(file, folder, { ...limits, maxBytes: 1024 ** 3 })).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining('200 times') as unknown,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });
});
