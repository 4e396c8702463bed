import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { pack, type Header } from 'tar-stream';
import { exploreLayer, UnreadableLayer } from '../../../src/adapters/layers/explore-layer.js';
import { packFileList, unpackFileList } from '../../../src/adapters/layers/file-list.js';
import { KilnError } from '../../../src/domain/errors.js';
import { EXPLORATION_LIMITS } from '../../../src/domain/images/exploration.js';

/** A tar of `hello` in the file a, compressed by zstd: two frames with a frame to be skipped before each. */
const TWO_FRAMES_OF_ZSTD =
  'UCpNGAQAAABhYmNkKLUv/WQAA/0BAAJDCQ6wawzkCc1L6iS7Cwadp4KEkDmylJR3qrDV/AxikHfHvyGMf0sJIFA3D/aqPUlhGAD7A5M3XCJwOD8dLDlAVnpTKk0YAgAAAHh5KLUv/WQAA0UAAAgAAQD8KyAEzayF8A==';

async function aTar(...entries: [Partial<Header> & { name: string }, string?][]): Promise<Buffer> {
  const packer = pack();
  for (const [header, content] of entries) packer.entry(header as Header, content ?? '');
  packer.finalize();
  const parts: Buffer[] = [];
  for await (const part of packer) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function* inPieces(bytes: Buffer, pieceBytes = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

const explore = (bytes: Buffer, limits = {}) =>
  exploreLayer(inPieces(bytes), { ...EXPLORATION_LIMITS, ...limits });

test('a layer tells its files, folders, links and whiteouts, whatever its compression', async () => {
  const tar = await aTar(
    [{ name: './', type: 'directory' }],
    [{ name: 'etc/', type: 'directory', mode: 0o755 }],
    [{ name: './etc/motd', mode: 0o4644 }, 'hello'],
    [{ name: 'etc/link', type: 'symlink', linkname: '/etc/motd' }],
    [{ name: 'etc/hard', type: 'link', linkname: 'etc/motd' }],
    [{ name: 'etc/.wh.gone' }, ''],
    [{ name: 'var/.wh..wh..opq' }, ''],
    [{ name: 'dev/null', type: 'character-device' }],
  );
  const found = await explore(tar);
  expect(
    found.entries.map(({ path, kind, sizeBytes, mode, content }) => [path, kind, sizeBytes, mode, content]),
  ).toEqual([
    ['etc', 'folder', 0, 0o755, ''],
    ['etc/motd', 'file', 5, 0o4644, '2cf24dba5fb0a30e26e83b2a'],
    ['etc/link', 'link', 0, 0o644, '/etc/motd'],
    ['etc/hard', 'hard_link', 0, 0o644, 'etc/motd'],
    ['etc/gone', 'removed', 0, 0o644, ''],
    ['var', 'opaque', 0, 0o644, ''],
    ['dev/null', 'other', 0, 0o644, ''],
  ]);
  expect(found).toMatchObject({ unpackedSizeBytes: tar.length, entryCount: 7, note: null });
  expect(await explore(gzipSync(tar))).toEqual(found);
  expect(unpackFileList(packFileList(found.entries))).toEqual(found.entries);
});

test('a layer of several zstd frames is read', async () => {
  const found = await explore(Buffer.from(TWO_FRAMES_OF_ZSTD, 'base64'));
  expect(found.entries).toMatchObject([{ path: 'a', sizeBytes: 6 }]);
});

/** The same tar of words, repetitions and noise, packed by `zstd -3`, `zstd -19 --no-check`, and in two frames between skipped ones. */
test.each(['level-3', 'level-19', 'chunks'])(
  'a layer that zstd has packed (%s) is read as one by gzip',
  async (name) => {
    const fixture = (file: string): Buffer => readFileSync(new URL(`fixtures/${file}`, import.meta.url));
    const found = await explore(fixture(`${name}.tar.zst`));
    expect(found).toMatchObject({ entryCount: 5, note: null });
    expect(found).toEqual(await explore(fixture('layer.tar.gz')));
  },
);

test('package databases are read on the way', async () => {
  const found = await explore(
    await aTar([
      { name: 'var/lib/dpkg/status' },
      'Package: bash\nStatus: install ok installed\nVersion: 5.2\n',
    ]),
  );
  expect(found.packageDatabases).toEqual([{ path: 'var/lib/dpkg/status', packages: [['bash', '5.2']] }]);
});

test('what goes beyond a limit is told, and what leads out is left out', async () => {
  const tar = await aTar([{ name: 'a' }, 'x'], [{ name: '../b' }, 'x'], [{ name: 'c' }, 'x']);
  const found = await explore(tar, { maxEntries: 1 });
  expect(found.entries.map(({ path }) => path)).toEqual(['a']);
  expect(found.note).toBe(
    'only the first 1 of its 3 entries are listed. 1 entries with names that no container can have are left out.',
  );
  expect(found.unpackedSizeBytes).toBe(tar.length);
  const large = await aTar([{ name: 'lib/apk/db/installed' }, 'P:a\nV:1\n']);
  const cut = await explore(large, { maxDatabaseBytes: 4 });
  expect([cut.packageDatabases, cut.note]).toEqual([[], 'lib/apk/db/installed is too large to be read.']);
});

test.each<[string, () => Promise<Buffer>, RegExp]>([
  ['no tar', async () => Buffer.from('<html>'.repeat(500)), /no tar that can be read/],
  [
    'a tar that breaks off',
    async () => (await aTar([{ name: 'a' }, 'x'.repeat(5000)])).subarray(0, 2000),
    /no tar/,
  ],
  [
    'a compression that breaks off',
    async () => gzipSync(await aTar([{ name: 'a' }, String(Math.random()).repeat(500)])).subarray(0, 60),
    /no tar that can be read \(unexpected end of file\)/,
  ],
  [
    'a broken compression',
    async () => Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(100, 0xff)]),
    /no tar that can be read/,
  ],
  [
    'a file of an absurd size',
    async () => {
      const tar = await aTar([{ name: 'a' }, 'x']);
      return withSize(tar, 2 ** 33);
    },
    /no tar that can be read/,
  ],
  [
    'a header without end',
    async () =>
      Buffer.concat([
        withSize(await aTar([{ name: 'a', type: 'pax-header' as 'file' }, '']), 2 ** 30),
        Buffer.alloc(10_000_000, 'x'),
      ]),
    /no tar that can be read .Header exceeds max size/,
  ],
])('%s is a reason, not a crash', async (_name, bytes, reason) => {
  await expect(bytes().then((made) => explore(made))).rejects.toThrow(UnreadableLayer);
  await expect(bytes().then((made) => explore(made))).rejects.toThrow(reason);
});

test('a bomb is given up when it is larger than allowed', async () => {
  const tar = await aTar([{ name: 'zeros' }, '\u0000'.repeat(3_000_000)]);
  await expect(explore(gzipSync(tar), { maxUnpackedBytes: 1_000_000 })).rejects.toThrow(
    'it unpacks to more than 1.0 MB',
  );
});

test('bytes that are not those of the layer are the fault of who sent them', async () => {
  async function* wrong(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('<html>'.repeat(500));
    throw new KilnError('image_mismatch');
  }
  await expect(exploreLayer(wrong(), EXPLORATION_LIMITS)).rejects.toMatchObject({ code: 'image_mismatch' });
});

/** The first header says another size; its checksum is right. */
function withSize(tar: Buffer, sizeBytes: number): Buffer {
  const header = Buffer.from(tar);
  header.write(sizeBytes.toString(8).padStart(11, '0'), 124, 'latin1');
  if (tar.toString('latin1', 0, 1) === 'a' && sizeBytes === 2 ** 30) header.write('x', 156, 'latin1');
  header.write('        ', 148, 'latin1');
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return header;
}
