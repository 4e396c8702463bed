import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { archiveEntries } from '../../../src/adapters/context/archive-entries.js';
import { rawHeader, TAR_END, tarOf } from './archives.js';

const MB = 1024 * 1024;

/** Reads names, and contents where `isRead`. */
async function read(bytes: AsyncIterable<Uint8Array>, maxBytes = 10 * MB, isRead = true): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of archiveEntries(bytes, { maxBytes })) {
    let content = '';
    if (isRead) for await (const part of entry.content()) content += String(part);
    found.push(`${entry.name}=${content}`);
  }
  return found;
}

const archive = await tarOf([
  { name: 'a', content: 'one' },
  { name: 'b', content: 'x'.repeat(2000) },
  { name: 'c', content: 'three' },
]);
const all = ['a=one', `b=${'x'.repeat(2000)}`, 'c=three'];

describe('the entries of an archive', () => {
  test.each([
    ['a tar', archive],
    ['a tar.gz', gzipSync(archive)],
  ])('come from %s, however it is cut', async (_, bytes) => {
    expect(await read(Readable.from([bytes]))).toEqual(all);
    expect(await read(Readable.from([...bytes].map((byte) => Buffer.from([byte]))))).toEqual(all);
  });

  test('whose content is not read are passed over', async () => {
    expect(await read(Readable.from([archive]), 10 * MB, false)).toEqual(['a=', 'b=', 'c=']);
  });
});

describe('what is refused as an archive', () => {
  test.each([
    ['text', Buffer.from('this is no archive, '.repeat(100))],
    ['a broken gzip', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(600, 7)])],
    ['a gzip that ends early', gzipSync(archive).subarray(0, -12)],
    ['a tar that ends within a header', archive.subarray(0, 1024 + 100)],
    ['a tar that ends within a content', archive.subarray(0, 1024 + 512 + 700)],
    ['a header and nothing else', rawHeader({ name: 'f', size: 5000, type: '0' })],
    [
      'a header that announces a gigabyte of names',
      Buffer.concat([rawHeader({ name: 'pax', size: 1024 ** 3, type: 'x' }), TAR_END]),
    ],
  ])('is %s', async (_, bytes) => {
    for (const isRead of [true, false])
      await expect(read(Readable.from([bytes]), 10 * MB, isRead)).rejects.toMatchObject({
        code: 'context_invalid',
        message: expect.stringContaining('no whole tar') as unknown,
      });
  });

  test('is one that unpacks to more than allowed', async () => {
    const bytes = gzipSync(await tarOf([{ name: 'zeros', content: Buffer.alloc(2 * MB) }]));
    await expect(read(Readable.from([bytes]), MB)).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining(`${MB} bytes`) as unknown,
    });
  });

  test('is a gzip bomb, by its ratio', async () => {
    const zeros = Buffer.alloc(MB);
    const blocks = function* (): Generator<Buffer> {
      yield rawHeader({ name: 'zeros', size: 70 * MB, type: '0' });
      for (let sent = 0; sent < 70; sent += 1) yield zeros;
    };
    const bomb = Readable.from(blocks()).pipe(createGzip());
    await expect(read(bomb, 1024 * MB, false)).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining('200 times') as unknown,
    });
  });

  test('is not a connection that breaks: that stays what it is', async () => {
    const broken = Readable.from(
      (function* () {
        yield archive.subarray(0, 1500);
        throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
      })(),
    );
    await expect(read(broken)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
