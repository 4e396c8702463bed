import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { unpackBundle } from '../../../src/adapters/context/unpack-bundle.js';
import { aContext, type MadeContext, sha256Of } from '../../api/support/a-context.js';
import { temporaryFolder } from './archives.js';

const LIMITS = { maxBytes: 10_000, maxEntries: 20 };

let base: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(() => {
  base = temporaryFolder();
  folder = path.join(base.path, 'context');
  mkdirSync(folder);
});
afterEach(() => base.remove());

const bundleOf = ({ list, contents }: MadeContext): Buffer =>
  Buffer.concat([list, Buffer.from('\n'), ...contents.values()]);

function unpack(bundle: Buffer, sha256: string, limits = LIMITS): ReturnType<typeof unpackBundle> {
  const file = path.join(base.path, 'bundle');
  writeFileSync(file, bundle);
  return unpackBundle(file, folder, sha256, limits);
}

/** A bundle of such entries, as nobody judged them. */
const unpackList = (entries: readonly object[], contents = ''): ReturnType<typeof unpackBundle> => {
  const list = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return unpack(Buffer.concat([list, Buffer.from(`\n${contents}`)]), sha256Of(list));
};

const written = (): string[] => readdirSync(folder, { recursive: true }).map(String).sort();

const context = aContext({
  Dockerfile: 'FROM scratch\n',
  'a/copy': 'FROM scratch\n',
  'a/other': 'other\nlines\n\n',
  'a/up': '-> ../Dockerfile',
  empty: '',
});

describe('a bundle', () => {
  test('becomes the folder that it was made of', async () => {
    expect(await unpack(bundleOf(context), context.sha256)).toEqual({ entries: 6, contentBytes: 39 });
    expect(written()).toEqual(['Dockerfile', 'a', 'a/copy', 'a/other', 'a/up', 'empty']);
    expect(readFileSync(path.join(folder, 'a/copy'), 'utf8')).toBe('FROM scratch\n');
    expect(readFileSync(path.join(folder, 'a/other'), 'utf8')).toBe('other\nlines\n\n');
    expect(readlinkSync(path.join(folder, 'a/up'))).toBe('../Dockerfile');
    const { mode, mtimeMs } = statSync(path.join(folder, 'a'));
    expect([mode & 0o7777, mtimeMs]).toEqual([0o755, 1_700_000_000_000]);
    expect(lstatSync(path.join(folder, 'a/other')).mode & 0o7777).toBe(0o644);
  });

  test('gives files times that another context of the same sizes and seconds has not, in the same second and order', async () => {
    const timesOf = async (text: string): Promise<number[]> => {
      const file = { kind: 'file', mode: 0o644, mtime: 1_700_000_000, size: 1 };
      folder = path.join(base.path, text);
      mkdirSync(folder);
      await unpackList(
        [
          { path: 'changed', ...file, sha256: sha256Of(text) },
          { path: 'same', ...file, sha256: sha256Of('x') },
        ],
        `${text}x`,
      );
      return ['changed', 'same'].map((name) => statSync(path.join(folder, name)).mtimeMs);
    };
    const [one, two] = [await timesOf('1'), await timesOf('2')];
    expect(new Set([...one, ...two]).size).toBe(2);
    expect(one[0]).toBe(one[1]);
    expect([...one, ...two].map((ms) => Math.round(ms / 1000))).toEqual(Array(4).fill(1_700_000_000));
  });

  test('has files that may not be read and twins of them', async () => {
    const twin = { kind: 'file', mode: 0o000, mtime: 1, size: 1, sha256: sha256Of('x') };
    await unpackList(
      [
        { path: 'a', ...twin },
        { path: 'b', ...twin, mode: 0o600 },
      ],
      'x',
    );
    expect(statSync(path.join(folder, 'a')).mode & 0o777).toBe(0);
    chmodSync(path.join(folder, 'a'), 0o600);
    expect(readFileSync(path.join(folder, 'a'), 'utf8')).toBe('x');
    expect(readFileSync(path.join(folder, 'b'), 'utf8')).toBe('x');
  });
});

describe('a bundle that is not what was uploaded', () => {
  const whole = bundleOf(context);
  const changed = (at: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const listEnd = context.list.length;

  test.each<[string, Buffer]>([
    ['with another list', changed(12)],
    ['with another first content', changed(listEnd + 2)],
    ['with another last content', changed(whole.length - 1)],
    ['that ends within its list', whole.subarray(0, 100)],
    ['that ends after its list', whole.subarray(0, listEnd)],
    ['that ends before its contents', whole.subarray(0, listEnd + 1)],
    ['that ends within a content', whole.subarray(0, -1)],
    ['with something after its end', Buffer.concat([whole, Buffer.from('x')])],
    ['with a line after its end', Buffer.concat([whole, Buffer.from('\n')])],
    [
      'with its contents in another order',
      Buffer.concat([context.list, Buffer.from('\n'), ...[...context.contents.values()].reverse()]),
    ],
    ['that is empty', Buffer.alloc(0)],
  ])('%s is refused', async (_, bundle) => {
    await expect(unpack(bundle, context.sha256)).rejects.toMatchObject({ code: 'digest_mismatch' });
  });

  test('has its list refused before anything is written', async () => {
    await expect(unpack(changed(12), context.sha256)).rejects.toThrow();
    expect(written()).toEqual([]);
  });
});

describe('a list that nobody judged', () => {
  const content = { kind: 'file', mode: 0o644, mtime: 1, size: 1, sha256: sha256Of('x') };
  const link = (name: string, target: string): object => ({ path: name, kind: 'link', target });

  test.each<[string, readonly object[]]>([
    ['".."', [{ path: '../evil', ...content }]],
    ['an absolute name', [{ path: '/tmp/kiln-evil', ...content }]],
    ['a link out', [link('l', '..'), { path: 'z', ...content }]],
    ['a file below a link out', [link('l', '..'), { path: 'l/evil', ...content }]],
  ])('is refused for %s, and nothing is written', async (_, entries) => {
    await expect(unpackList(entries, 'x')).rejects.toMatchObject({ code: 'path_escapes_context' });
    expect(written()).toEqual([]);
    expect(readdirSync(base.path).sort()).toEqual(['bundle', 'context']);
  });

  test('is refused above the limits', async () => {
    const { list, sha256 } = aContext({ a: Buffer.alloc(10_001) });
    await expect(unpack(Buffer.concat([list, Buffer.from('\n')]), sha256)).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });
});
