import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createFileBlobStore } from '../../../src/adapters/blobs/file-blob-store.js';
import type { BlobStore } from '../../../src/ports/blob-store.js';

let folder: string;
let store: BlobStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-blobs-'));
  store = createFileBlobStore(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

async function textOf(sha256: string): Promise<string> {
  const { stream } = await store.open(sha256);
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

it('gives back the bytes that were put', async () => {
  const put = await store.put(digestOf('abc'), Readable.from([Buffer.from('a'), Buffer.from('bc')]), 3);
  expect(put).toEqual({ sizeBytes: 3 });
  expect(await textOf(digestOf('abc'))).toBe('abc');
});

it('keeps an empty blob', async () => {
  await store.put(digestOf(''), Readable.from([]), 10);
  expect((await store.open(digestOf(''))).sizeBytes).toBe(0);
});

it('lets two put the same blob at once', async () => {
  const puts = [1, 2, 3].map(() => store.put(digestOf('same'), Readable.from([Buffer.from('same')]), 10));
  await Promise.all(puts);
  expect(await textOf(digestOf('same'))).toBe('same');
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

it('keeps nothing of a stream that fails', async () => {
  const failing = new Readable({
    read() {
      this.push(Buffer.from('abc'));
      this.destroy(new TypeError('line cut'));
    },
  });
  await expect(store.put(digestOf('abc'), failing, 10)).rejects.toThrow();
  await expect(store.open(digestOf('abc'))).rejects.toMatchObject({ code: 'not_found' });
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

it('refuses one byte too many, also for a blob that is there', async () => {
  await store.put(digestOf('abc'), Readable.from([Buffer.from('abc')]), 3);
  const put = store.put(digestOf('abc'), Readable.from([Buffer.from('abcd')]), 3);
  await expect(put).rejects.toMatchObject({ code: 'payload_too_large' });
});

it.each(['../../etc/passwd', 'A'.repeat(64), '', 'a'.repeat(63)])('knows no blob named %j', async (name) => {
  await expect(store.open(name)).rejects.toMatchObject({ code: 'not_found' });
  expect(() => store.path(name)).toThrow();
});
