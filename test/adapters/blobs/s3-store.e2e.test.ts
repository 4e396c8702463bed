import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createContentFiles } from '../../../src/adapters/blobs/content-files.js';
import { createS3Store } from '../../../src/adapters/blobs/s3-store.js';
import { type BlobPlace, parseBlobPlace } from '../../../src/domain/network/blob-place.js';
import type { BlobStore, ContentFiles } from '../../../src/ports/contents.js';
import { sha256Of } from '../../api/support/a-context.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';

const TENANT = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const MINUTES = 60_000;

let server: S3Server;
let store: BlobStore;
let folder: string;
let files: ContentFiles;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.credentials);
  store = createS3Store(parseBlobPlace(server.url) as BlobPlace);
}, 10 * MINUTES);
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-blobs-'));
  files = createContentFiles(folder, store);
});
afterEach(() => rm(folder, { recursive: true }));
afterAll(() => server.stop());

const contentOf = (bytes: Buffer | string) => ({ sha256: sha256Of(bytes), sizeBytes: bytes.length });
const objectOf = (sha256: string): string =>
  path.join(server.folder, 'kiln', 'contents', TENANT, sha256.slice(0, 1), sha256);

async function* bytesOf(bytes: Buffer | string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(bytes as string));
}

async function received(bytes: Buffer | string) {
  return [await files.receive(TENANT, contentOf(bytes), bytesOf(bytes))];
}

async function stored(bytes: Buffer | string): Promise<{ sha256: string; sizeBytes: number }> {
  const arrived = await received(bytes);
  await files.sync(TENANT, arrived);
  await files.place(TENANT, arrived);
  await files.discard(arrived);
  return contentOf(bytes);
}

async function all(bytes: Promise<AsyncIterable<Uint8Array>>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of await bytes) parts.push(part);
  return Buffer.concat(parts);
}

test('what is stored is read whole and in ranges, for its tenant only, and nothing stays on the disk', async () => {
  const content = await stored('0123456789');
  expect(String(await all(files.open(TENANT, content.sha256)))).toBe('0123456789');
  expect(String(await all(files.read(TENANT, content, { first: 2, last: 4 })))).toBe('234');
  await expect(files.open(OTHER, content.sha256)).rejects.toMatchObject({ code: 'not_found' });
  await expect(files.read(OTHER, content)).rejects.toMatchObject({ code: 'not_found' });
  expect(await readdir(path.join(folder, 'incoming'))).toEqual([]);
});

test('nothing and what is larger than a part are stored as well', async () => {
  const large = randomBytes(20 * 1024 * 1024 + 1);
  for (const bytes of [Buffer.alloc(0), large]) {
    const content = await stored(bytes);
    expect((await all(files.read(TENANT, content))).equals(bytes)).toBe(true);
  }
});

test('bytes that somebody removed between upload and record are stored again', async () => {
  const arrived = await received('removed');
  await files.sync(TENANT, arrived);
  await files.remove(TENANT, [sha256Of('removed')]);
  await files.place(TENANT, arrived);
  expect(String(await all(files.open(TENANT, sha256Of('removed'))))).toBe('removed');
});

test('what is removed is gone, and removing it again is no error', async () => {
  const { sha256 } = await stored('gone');
  await files.remove(TENANT, [sha256]);
  await files.remove(TENANT, [sha256]);
  await expect(files.open(TENANT, sha256)).rejects.toMatchObject({ code: 'not_found' });
});

test.each([
  ['other bytes', 'abcdefghiX'],
  ['fewer bytes', 'abc'],
])('a content that the server has with %s is refused', async (_what, there) => {
  const content = await stored('abcdefghij');
  await writeFile(objectOf(content.sha256), there);
  await expect(files.read(TENANT, content)).rejects.toMatchObject({ code: 'digest_mismatch' });
  await expect(files.read(TENANT, content, { first: 0, last: 1 })).rejects.toMatchObject({
    code: 'digest_mismatch',
  });
});

test('bytes that rot after they were judged are withheld while they are sent, and refused from then on', async () => {
  const bytes = randomBytes(300_000);
  const content = await stored(bytes);
  const part = { first: 100_000, last: 100_009 };
  expect((await all(files.read(TENANT, content, part))).equals(bytes.subarray(100_000, 100_010))).toBe(true);
  bytes[299_999]! ^= 1;
  await writeFile(objectOf(content.sha256), bytes);
  const mismatch = { code: 'digest_mismatch' };
  await expect(all(files.read(TENANT, content))).rejects.toMatchObject(mismatch);
  await expect(files.read(TENANT, content, part)).rejects.toMatchObject(mismatch);
});

test.each([5, 9 * 1024 * 1024])(
  'a file of %d bytes that changes on the disk before it is sent is not stored',
  async (size) => {
    const bytes = randomBytes(size);
    const arrived = await received(bytes);
    bytes[size - 1]! ^= 1;
    await writeFile(arrived[0]!.path, bytes);
    await expect(files.sync(TENANT, arrived)).rejects.toThrow();
    await expect(stat(objectOf(arrived[0]!.sha256))).rejects.toThrow();
  },
);

test('an upload that broke off is swept away when it is old, and leaves no object', async () => {
  const bytes = randomBytes(20 * 1024 * 1024);
  const arrived = await received(bytes);
  const uploading = files.sync(TENANT, arrived).catch(() => undefined);
  await writeFile(arrived[0]!.path, '');
  await uploading;
  await files.sweep(0);
  await expect(stat(objectOf(contentOf(bytes).sha256))).rejects.toThrow();
});

test('a server that refuses, or is away, is told as such and not as a content that is missing', async () => {
  const place = parseBlobPlace(server.url) as BlobPlace;
  const content = contentOf('x');
  for (const other of [{ bucket: 'no-such-bucket' }, { endpoint: 'http://127.0.0.1:9' }]) {
    const wrong = createS3Store({ ...place, ...other });
    await expect(wrong.check()).rejects.toMatchObject({ code: 'blob_store_unavailable' });
    const lost = createContentFiles(folder, wrong);
    for (const asked of [() => lost.open(TENANT, content.sha256), () => lost.read(TENANT, content)])
      await expect(asked()).rejects.toMatchObject({ code: 'blob_store_unavailable' });
  }
  await expect(store.check()).resolves.toBeUndefined();
});
