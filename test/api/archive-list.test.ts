import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { archiveEntries } from '../../src/adapters/context/archive-entries.js';
import { ArchiveList } from '../../src/api/contexts/archive-list.js';
import type { ContextList } from '../../src/domain/contexts/context-list.js';
import type { Content } from '../../src/ports/contents.js';
import { type MadeEntry, paxHeader, rawHeader, TAR_END, tarOf } from '../adapters/context/archives.js';
import { sha256Of } from './support/a-context.js';

const LIMITS = { maxBytes: 10_000, maxEntries: 30 };
const LARGEST_ARCHIVE = 1024 * 1024;

let kept: string[];
beforeEach(() => {
  kept = [];
});

async function keep(bytes: AsyncIterable<Uint8Array>): Promise<Content> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const part of bytes) {
    hash.update(part);
    sizeBytes += part.length;
  }
  const sha256 = hash.digest('hex');
  kept.push(sha256);
  return { sha256, sizeBytes };
}

async function take(archive: Buffer, limits = LIMITS): Promise<ContextList> {
  const list = new ArchiveList(limits);
  for await (const entry of archiveEntries(Readable.from([archive]), { maxBytes: LARGEST_ARCHIVE }))
    await list.take(entry, keep);
  return list.finish();
}

const taken = async (entries: readonly MadeEntry[]): Promise<ContextList> => take(await tarOf(entries));
const refusal = (archive: Buffer, limits = LIMITS): Promise<{ code: string; message: string }> =>
  take(archive, limits).then(
    () => ({ code: 'taken', message: '' }),
    (error: unknown) => error as { code: string; message: string },
  );
const file = (path: string, content: string, mode = 0o644) => ({
  path,
  kind: 'file',
  mode,
  mtime: 0,
  size: content.length,
  sha256: sha256Of(content),
});
const folder = (path: string, mode = 0o755) => ({ path, kind: 'folder', mode, mtime: 0 });
const epoch = new Date(0);

describe('the list of an archive', () => {
  test('has what the archive would leave on a disk, in order', async () => {
    const mtime = new Date('2024-05-06T07:08:09Z');
    const list = await taken([
      { name: './', type: 'directory' },
      { name: 'bin/', type: 'directory', mode: 0o750, mtime },
      { name: './bin/run.sh', mode: 0o755, mtime: epoch, content: '#!/bin/sh\n' },
      { name: 'link', type: 'symlink', linkname: 'bin/run.sh' },
      { name: 'deep/up', type: 'symlink', linkname: '../bin' },
      { name: 'hard', type: 'link', linkname: './bin/run.sh' },
      { name: 'dangling', type: 'symlink', linkname: 'not/there' },
      { name: 'Deep', mtime: epoch, content: 'x' },
    ]);
    expect(list.entries).toEqual([
      file('Deep', 'x'),
      { path: 'bin', kind: 'folder', mode: 0o750, mtime: mtime.getTime() / 1000 },
      file('bin/run.sh', '#!/bin/sh\n', 0o755),
      { path: 'dangling', kind: 'link', target: 'not/there' },
      folder('deep'),
      { path: 'deep/up', kind: 'link', target: '../bin' },
      file('hard', '#!/bin/sh\n', 0o755),
      { path: 'link', kind: 'link', target: 'bin/run.sh' },
    ]);
    expect(list.sizeBytes).toBe(21);
    expect([...list.contents.keys()].sort()).toEqual([...kept].sort());
  });

  test('is the same of a compressed archive', async () => {
    const archive = await tarOf([{ name: 'a', content: 'b' }]);
    expect(await take(gzipSync(archive))).toEqual(await take(archive));
  });

  test('has no setuid, setgid and sticky bits', async () => {
    const { entries } = await taken([
      { name: 'd', type: 'directory', mode: 0o7777, mtime: epoch },
      { name: 'su', mode: 0o7755, mtime: epoch, content: 'x' },
    ]);
    expect(entries).toEqual([folder('d', 0o777), file('su', 'x', 0o755)]);
  });

  test('has the last of two entries of one name', async () => {
    const { entries } = await taken([
      { name: 'a', content: 'first' },
      { name: 'l', type: 'symlink', linkname: '../out' },
      { name: './a', mtime: epoch, content: '2' },
      { name: 'l', mtime: epoch, content: '3' },
    ]);
    expect(entries).toEqual([file('a', '2'), file('l', '3')]);
  });

  test('tells names apart that differ in case only', async () => {
    const { entries } = await taken([
      { name: 'README', content: 'a' },
      { name: 'readme', type: 'symlink', linkname: 'README' },
      { name: 'Readme/x', content: 'b' },
    ]);
    expect(entries.map(({ path }) => path)).toEqual(['README', 'Readme', 'Readme/x', 'readme']);
  });

  test('keeps names of 300 characters and of other alphabets', async () => {
    const long = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
    const { entries } = await taken([
      { name: long, content: 'a' },
      { name: 'ü/日本.txt', content: 'b' },
    ]);
    expect(entries.map(({ path }) => path)).toEqual(['d'.repeat(120), long, 'ü', 'ü/日本.txt']);
  });
});

describe('an archive that leads out', () => {
  test.each<[string, MadeEntry[], RegExp]>([
    ['".." in a name', [{ name: '../evil', content: 'x' }], /"\.\.\/evil"/],
    ['".." in the middle', [{ name: 'a/../../evil', content: 'x' }], /evil/],
    ['".." that would stay inside', [{ name: 'a/../evil', content: 'x' }], /evil/],
    ['a folder upwards', [{ name: '../evil/', type: 'directory' }], /evil/],
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
      'a folder through an earlier link',
      [
        { name: 'l', type: 'symlink', linkname: '..' },
        { name: 'l/', type: 'directory' },
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
  ])('with %s is refused', async (_, entries, named) => {
    const error = await refusal(await tarOf(entries));
    expect(error).toMatchObject({ code: 'path_escapes_context' });
    expect(error.message).toMatch(named);
  });
});

describe('an archive that no context can be made of', () => {
  test.each<[string, MadeEntry[], RegExp]>([
    [
      'a device',
      [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }],
      /"null" .*character-device/,
    ],
    ['a block device', [{ name: 'sda', type: 'block-device' }], /block-device/],
    ['a pipe', [{ name: 'p', type: 'fifo' }], /fifo/],
    ['a hard link to nothing', [{ name: 'h', type: 'link', linkname: 'absent' }], /"h"/],
    ['a hard link to a later file', [{ name: 'h', type: 'link', linkname: 'z' }, { name: 'z' }], /"h"/],
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
  ])('for %s is refused', async (_, entries, named) => {
    const error = await refusal(await tarOf(entries));
    expect(error).toMatchObject({ code: 'context_invalid' });
    expect(error.message).toMatch(named);
  });

  test.each<[string, Buffer[]]>([
    [
      'NUL in a PAX path',
      [paxHeader({ path: 'ok\u0000/../../ev' }), rawHeader({ name: 'f', size: 0, type: '0' })],
    ],
    [
      'NUL in a PAX link',
      [paxHeader({ linkpath: 'ok\u0000' }), rawHeader({ name: 'f', size: 0, type: '2', linkname: 'a' })],
    ],
    ['an old sparse file', [rawHeader({ name: 'f', size: 512, type: 'S' }), Buffer.alloc(512)]],
    [
      'a sparse file of PAX, whose bytes are not its content',
      [
        paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'f' }),
        rawHeader({ name: 'GNUSparseFile.0/f', size: 512, type: '0' }),
        Buffer.alloc(512),
      ],
    ],
    [
      'a size below zero',
      [rawHeader({ name: 'f', size: 0, type: '0', rawSize: Buffer.alloc(12, 0xfe).fill(0xff, 0, 1) })],
    ],
    [
      'a size that is no number',
      [paxHeader({ size: 'x' }), rawHeader({ name: 'f', size: 5, type: '0' }), Buffer.alloc(512)],
    ],
  ])('for %s is refused', async (_, blocks) => {
    expect(await refusal(Buffer.concat([...blocks, TAR_END]))).toMatchObject({ code: 'context_invalid' });
    expect(kept).toEqual([]);
  });
});

describe('an archive that is too large', () => {
  test('by its entries, folders that it only implies included, is refused', async () => {
    const entries = (count: number): MadeEntry[] =>
      Array.from({ length: count }, (_, index) => ({ name: `d${index}/f` }));
    expect((await taken(entries(15))).entries).toHaveLength(30);
    expect(await refusal(await tarOf(entries(16)))).toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining('30 entries') as unknown,
    });
  });

  test('by what a file announces is refused before its content is read', async () => {
    const huge = rawHeader({ name: 'huge', size: 7 * 1024 ** 3, type: '0' });
    expect(await refusal(huge)).toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining('"huge"') as unknown,
    });
    expect(kept).toEqual([]);
  });

  test('by files of one name is refused, although only the last would stay', async () => {
    const same = Array.from({ length: 3 }, () => ({ name: 'a', content: Buffer.alloc(4_000) }));
    expect(await refusal(await tarOf(same))).toMatchObject({ code: 'payload_too_large' });
  });

  test('by hard links is refused: each is a file of its own', async () => {
    const links = [1, 2].map((index) => ({ name: `l${index}`, type: 'link' as const, linkname: 'a' }));
    expect(await refusal(await tarOf([{ name: 'a', content: Buffer.alloc(4_000) }, ...links]))).toMatchObject(
      { code: 'payload_too_large', message: expect.stringContaining('"l2"') as unknown },
    );
  });
});
