import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createContentFiles } from '../../../src/adapters/blobs/content-files.js';
import { JudgedReader } from '../../../src/adapters/blobs/read-judged.js';
import type { BlobStore, ContentFiles } from '../../../src/ports/contents.js';
import { sha256Of } from '../../api/support/a-context.js';

const TENANT = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

let folder: string;
let files: ContentFiles;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-blobs-'));
  files = createContentFiles(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const contentOf = (text: string) => ({ sha256: sha256Of(text), sizeBytes: text.length });
const incoming = (): Promise<string[]> => readdir(path.join(folder, 'incoming'));

async function* bytesOf(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(Buffer.from(part));
}

async function* brokenOff(text: string): AsyncGenerator<Uint8Array> {
  yield* bytesOf(text);
  throw new Error('line cut');
}

async function stored(text: string): Promise<void> {
  const received = [await files.receive(TENANT, contentOf(text), bytesOf(text))];
  await files.sync(TENANT, received);
  await files.place(TENANT, received);
  await files.discard(received);
}

async function textOf(sha256: string, tenantId = TENANT): Promise<string> {
  let text = '';
  for await (const part of await files.open(tenantId, sha256)) text += String(part);
  return text;
}

test('a content is there once it is placed, and for its tenant only', async () => {
  const content = contentOf('abc');
  const received = [await files.receive(TENANT, content, bytesOf('a', 'bc'))];
  await expect(textOf(content.sha256)).rejects.toMatchObject({ code: 'not_found' });
  await files.place(TENANT, received);
  await files.place(TENANT, received);
  expect(await textOf(content.sha256)).toBe('abc');
  await expect(textOf(content.sha256, OTHER)).rejects.toMatchObject({ code: 'not_found' });
  expect(await incoming()).toEqual([]);
});

test('two may place the same content at once', async () => {
  await Promise.all([1, 2, 3].map(() => stored('same')));
  expect(await textOf(sha256Of('same'))).toBe('same');
  expect(await incoming()).toEqual([]);
});

test.each([
  ['that breaks off', 'abc', () => brokenOff('ab'), /line cut/],
  ['with other bytes', 'abc', () => bytesOf('abd'), /./],
  ['with a byte too few', 'abc', () => bytesOf('ab'), /./],
  ['with a byte too many', 'abc', () => bytesOf('abc', 'd'), /More than 3 bytes/],
])('nothing is kept of a stream %s', async (_, text, bytes, message) => {
  await expect(files.receive(TENANT, contentOf(text), bytes())).rejects.toThrow(message);
  expect(await incoming()).toEqual([]);
});

test('bytes whose digest is not known are measured on the way', async () => {
  expect(await files.receiveUnknown(TENANT, bytesOf('ab', 'c'), 3)).toMatchObject(contentOf('abc'));
  await expect(files.receiveUnknown(TENANT, bytesOf('abcd'), 3)).rejects.toMatchObject({
    code: 'payload_too_large',
  });
});

test.each(['../../etc/passwd', 'A'.repeat(64), '', 'a'.repeat(63), `${'a'.repeat(64)}/..`])(
  'there is no content %j, whatever is asked of it',
  async (sha256) => {
    await expect(async () => files.open(TENANT, sha256)).rejects.toMatchObject({ code: 'not_found' });
    await expect(async () => files.arrived(TENANT, sha256)).rejects.toMatchObject({ code: 'not_found' });
    await expect(async () => files.remove(TENANT, [sha256])).rejects.toMatchObject({ code: 'not_found' });
    await expect(async () =>
      files.append(TENANT, { sha256, sizeBytes: 1 }, 0, bytesOf('x')),
    ).rejects.toMatchObject({ code: 'not_found' });
  },
);

test('a tenant is an id and no path', async () => {
  await expect(async () => files.open('../..', 'a'.repeat(64))).rejects.toMatchObject({ code: 'internal' });
});

test('pieces whose whole is not what the digest says are thrown away', async () => {
  const content = contentOf('abcdef');
  await expect(files.append(TENANT, content, 0, brokenOff('abc'))).rejects.toThrow('line cut');
  expect(await files.arrived(TENANT, content.sha256)).toBe(3);
  expect(await files.append(TENANT, content, 3, bytesOf('dEf'))).toBe(6);
  await expect(files.finish(TENANT, content)).rejects.toMatchObject({ code: 'digest_mismatch' });
  expect(await files.arrived(TENANT, content.sha256)).toBe(0);
});

test('what is removed is gone, its pieces too', async () => {
  await stored('abc');
  const begun = contentOf('abcdef');
  await files.append(TENANT, begun, 0, bytesOf('abc'));
  await files.remove(TENANT, [sha256Of('abc'), begun.sha256, 'f'.repeat(64)]);
  await expect(textOf(sha256Of('abc'))).rejects.toMatchObject({ code: 'not_found' });
  expect(await files.arrived(TENANT, begun.sha256)).toBe(0);
});

test('what waits for its place is swept away when it is old', async () => {
  const [old, young] = [
    await files.receive(TENANT, contentOf('old'), bytesOf('old')),
    await files.receive(TENANT, contentOf('young'), bytesOf('young')),
  ];
  await utimes(old.path, 1, 1);
  await files.sweep(60 * 60_000);
  expect(await incoming()).toEqual([path.basename(young.path)]);
});

test('bytes that changed under the same version are withheld at the end of a whole read, and judged anew', async () => {
  const content = contentOf('abcdef');
  let parts = ['abc', 'def'];
  const open: BlobStore['open'] = () => Promise.resolve(bytesOf(...parts));
  const stat: BlobStore['stat'] = () => Promise.resolve({ sizeBytes: 6, version: '"etag"' });
  const reader = new JudgedReader({ stat, open });
  const got: string[] = [];
  const read = async (): Promise<void> => {
    got.splice(0);
    for await (const part of await reader.read(TENANT, content)) got.push(String(part));
  };
  await read();
  expect(got).toEqual(['abc', 'def']);
  parts = ['abc', 'deX'];
  await expect(read()).rejects.toMatchObject({ code: 'digest_mismatch' });
  expect(got).toEqual(['abc']);
  await expect(reader.read(TENANT, content, { first: 0, last: 1 })).rejects.toMatchObject({
    code: 'digest_mismatch',
  });
});
