import { Buffer } from 'node:buffer';
import { ByteReader } from '../../../src/domain/contexts/byte-reader.js';
import type { ContextList } from '../../../src/domain/contexts/context-list.js';
import { EMPTY_SHA256 } from '../../../src/domain/contexts/entry.js';
import { readContextList } from '../../../src/domain/contexts/read-list.js';

const SHA = 'a'.repeat(64);
const file = (path: string, size = 1, sha256 = size === 0 ? EMPTY_SHA256 : SHA) =>
  ({ path, kind: 'file', mode: 0o644, mtime: 1, size, sha256 }) as const;
const folder = (path: string) => ({ path, kind: 'folder', mode: 0o755, mtime: 1 }) as const;
const link = (path: string, target: string) => ({ path, kind: 'link', target }) as const;
const lines = (...entries: readonly object[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

async function* once(text: string | Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

const read = (text: string | Buffer, limits = { maxBytes: 100, maxEntries: 10 }): Promise<ContextList> =>
  readContextList(new ByteReader(once(text)), limits);

test('a list that is sound is read to its end or to an empty line', async () => {
  const entries = [folder('a'), link('a/l', '../b'), file('b', 3), file('c', 3), file('e', 0)];
  const list = await read(`${lines(...entries)}\nmore`);
  expect(list.entries).toEqual(entries);
  expect([...list.contents]).toEqual([[SHA, 3]]);
  expect([...list.links]).toEqual([['a/l', '../b']]);
  expect(list.sizeBytes).toBe(6);
});

test('links that lead nowhere, round, or through one another inside are taken', async () => {
  const links = [link('a', 'b'), link('b', 'a'), link('c', 'no/where'), link('d', 'e/..'), folder('e')];
  expect((await read(lines(...links))).links.size).toBe(4);
});

test('links that take too long to follow are refused: some lines would keep the api busy for hours', async () => {
  const long = link('a', `${'d/'.repeat(800)}${'../'.repeat(800)}.`);
  const many = Array.from({ length: 100 }, (_, index) => link(`b${index + 100}`, `${'a/'.repeat(39)}x`));
  await expect(read(lines(long, ...many), { maxBytes: 1, maxEntries: 1000 })).rejects.toMatchObject({
    code: 'context_invalid',
    message: expect.stringContaining('too long') as unknown,
  });
  const usual = Array.from({ length: 5000 }, (_, index) => link(`b${index + 10_000}`, 'no/such/folder/file'));
  await expect(read(lines(...usual), { maxBytes: 1, maxEntries: 10_000 })).resolves.toBeDefined();
});

describe('a list that leads out is refused:', () => {
  test.each<[string, readonly object[]]>([
    ['".."', [file('..')]],
    ['".." at the start', [file('../x')]],
    ['".." in the middle', [folder('a'), file('a/../../x')]],
    ['an absolute name', [file('/etc/passwd')]],
    ['an absolute link', [link('l', '/etc')]],
    ['a link upwards', [link('l', '..')]],
    ['a link upwards and back in', [link('l', '../context/x')]],
    ['a link upwards from below', [folder('a'), link('a/l', '../../x')]],
    ['a file below a link', [folder('d'), link('l', 'd'), file('l/x')]],
    ['a file below a link that leads out', [link('l', '..'), file('l/x')]],
    ['a link by way of another', [folder('d'), link('d/up', '..'), link('out', 'd/up/..')]],
    ['a link that a later one turns outwards', [link('a', 'z/..'), link('z', '.')]],
    ['a link by way of a folder that is not there', [link('l', 'none/../..')]],
  ])('%s', async (_, entries) => {
    await expect(read(lines(...entries))).rejects.toMatchObject({ code: 'path_escapes_context' });
  });
});

describe('a list that no folder can hold is refused:', () => {
  test.each<[string, readonly object[]]>([
    ['a path twice', [file('a'), file('a')]],
    ['a path twice, of two kinds', [folder('a'), link('a', 'b')]],
    ['paths out of order', [file('b'), file('a')]],
    ['a file below a file', [file('a'), file('a/b')]],
    ['a file below nothing', [file('a/b')]],
    ['an unclean name', [file('./a')]],
    ['a name with two slashes', [folder('a'), file('a//b')]],
    ['a name with a slash at its end', [folder('a/')]],
    ['no name', [folder('')]],
    ['the context itself', [folder('.')]],
    ['NUL in a name', [file('a\u0000b')]],
    ['half a character in a name', [file('a\ud800')]],
    ['a part of 256 bytes', [file('ü'.repeat(128))]],
    ['a link to nothing', [link('l', '')]],
    ['NUL in a link', [link('l', 'a\u0000b')]],
    /* On a disk both halves become the same character, through which the second link would lead out. */
    ['half a character in a link', [link('l', '\ud800/..'), link('\ufffd', '.')]],
    ['a link that is too long', [link('l', 'a/'.repeat(2048))]],
    ['two sizes of one content', [file('a', 1), file('b', 2)]],
  ])('%s', async (_, entries) => {
    await expect(read(lines(...entries))).rejects.toMatchObject({ code: 'context_invalid' });
  });
});

describe('a line that is no entry is refused:', () => {
  test.each<[string, string | Buffer]>([
    ['no JSON', 'a\n'],
    ['null', 'null\n'],
    ['another kind', lines({ path: 'a', kind: 'device', mode: 1, mtime: 1 })],
    ['one more field', lines({ ...folder('a'), owner: 0 })],
    ['a field twice', '{"path":"b","path":"a","kind":"folder","mode":1,"mtime":1}\n'],
    ['other white space', '{"path": "a","kind":"folder","mode":1,"mtime":1}\n'],
    ['setuid', lines({ ...file('a'), mode: 0o4755 })],
    ['a size below zero', lines(file('a', -1))],
    ['a broken size', lines(file('a', 1.5))],
    ['a time below zero', lines({ ...folder('a'), mtime: -1 })],
    ['a digest in capitals', lines(file('a', 1, 'A'.repeat(64)))],
    ['a digest that is a path', lines(file('a', 1, `../${'a'.repeat(61)}`))],
    ['an empty file with a content', lines(file('a', 0, SHA))],
    ['a content without bytes', lines(file('a', 1, EMPTY_SHA256))],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a])],
    ['an end within a line', lines(folder('a')).slice(0, -1)],
    ['a line without an end', 'x'.repeat(70_000)],
  ])('%s', async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'context_invalid' });
  });
});

test('a list above the limits is refused, copies of one content included', async () => {
  await expect(read(lines(file('a', 60), file('b', 60)))).rejects.toMatchObject({
    code: 'payload_too_large',
    message: expect.stringContaining('"b"') as unknown,
  });
  const many = Array.from({ length: 11 }, (_, index) => folder(String.fromCharCode(97 + index)));
  expect((await read(lines(...many.slice(1)))).entries).toHaveLength(10);
  await expect(read(lines(...many))).rejects.toMatchObject({
    code: 'payload_too_large',
    message: expect.stringContaining('10 entries') as unknown,
  });
});
