import { expect, test } from 'vitest';
import { ImageContentsMaker } from '../../../src/domain/images/image-contents.js';
import { leavesOf } from '../../../src/domain/images/image-tree.js';
import {
  cleanPath,
  type EntryKind,
  type LayerEntry,
  whiteoutOf,
} from '../../../src/domain/images/layer-entry.js';
import { LayerStack } from '../../../src/domain/images/layer-stack.js';

const entry = (path: string, kind: EntryKind, sizeBytes = 0, content = ''): LayerEntry => ({
  path,
  kind,
  sizeBytes,
  mode: 0o644,
  content,
});
const file = (path: string, sizeBytes: number): LayerEntry => entry(path, 'file', sizeBytes);
const folder = (path: string): LayerEntry => entry(path, 'folder');
const gone = (path: string): LayerEntry => entry(path, 'removed');

function stacked(...layers: LayerEntry[][]) {
  const stack = new LayerStack();
  for (const layer of layers) stack.take(layer);
  const shown = [...leavesOf(stack.root, '')].map(([path]) => path).sort();
  const effects = stack.effects.map(
    ({ filesAdded: added, filesChanged: changed, filesRemoved: removed, fileSizeBytes, wastedBytes }) =>
      `+${added} ~${changed} -${removed} ${wastedBytes}/${fileSizeBytes}`,
  );
  return { shown, effects };
}

test.each<[string, LayerEntry[][], string[], string[]]>([
  [
    'a base adds all it has',
    [[folder('etc'), file('etc/a', 5), file('etc/b', 7)]],
    ['etc/a', 'etc/b'],
    ['+2 ~0 -0 0/12'],
  ],
  [
    'a file that is there again is changed, and the first one is wasted',
    [[file('a', 5)], [file('a', 6)]],
    ['a'],
    ['+1 ~0 -0 5/5', '+0 ~1 -0 0/6'],
  ],
  [
    'a whiteout removes a file, or a folder with all that is in it',
    [[file('d/a', 5), file('d/e/b', 7), file('c', 1)], [gone('d')], [gone('c')]],
    [],
    ['+3 ~0 -0 13/13', '+0 ~0 -2 0/0', '+0 ~0 -1 0/0'],
  ],
  [
    'an opaque folder hides what lies below, wherever it stands in the tar, and keeps its own',
    [
      [file('d/a', 5), file('d/b', 7)],
      [file('d/b', 3), file('d/c', 2), entry('d', 'opaque')],
    ],
    ['d/b', 'd/c'],
    ['+2 ~0 -0 12/12', '+1 ~1 -1 0/5'],
  ],
  [
    'a file takes the place of a folder, and a folder that of a file',
    [
      [file('x/a', 5), file('y', 7)],
      [file('x', 1), folder('y'), file('y/z', 2)],
    ],
    ['x', 'y/z'],
    ['+2 ~0 -0 12/12', '+2 ~0 -2 0/3'],
  ],
  [
    'a path through a link lands where the link leads',
    [[folder('usr/bin'), entry('bin', 'link', 0, 'usr/bin'), file('usr/bin/sh', 9)], [file('bin/sh', 4)]],
    ['bin', 'usr/bin/sh'],
    ['+2 ~0 -0 9/9', '+0 ~1 -0 0/4'],
  ],
  [
    'links that lead out stay in, and links that lead nowhere hold nothing',
    [
      [entry('out', 'link', 0, '../../etc'), entry('loop', 'link', 0, 'loop'), file('out/a', 3)],
      [file('loop/b', 2)],
    ],
    ['etc/a', 'loop', 'out'],
    ['+3 ~0 -0 0/3', '+0 ~0 -0 0/0'],
  ],
  [
    'what a layer removes without its being there changes nothing',
    [[file('a', 1)], [gone('b'), gone('a/b')]],
    ['a'],
    ['+1 ~0 -0 0/1', '+0 ~0 -0 0/0'],
  ],
  ['a name that one layer has twice counts once', [[file('a', 1), file('a', 2)]], ['a'], ['+1 ~0 -0 1/3']],
])('%s', (_name, layers, shown, effects) => {
  expect(stacked(...layers)).toEqual({ shown, effects });
});

test.each([
  ['./etc//passwd', 'etc/passwd'],
  ['/etc/./x/', 'etc/x'],
  ['./', ''],
  ['a/../b', null],
  ['..', null],
  ['x'.repeat(5000), null],
  ['a\u0000b', null],
])('the name %j of a tar is the path %j', (name, path) => {
  expect(cleanPath(name)).toBe(path);
});

test.each([
  ['etc/.wh.passwd', { path: 'etc/passwd', kind: 'removed' }],
  ['.wh.top', { path: 'top', kind: 'removed' }],
  ['etc/.wh..wh..opq', { path: 'etc', kind: 'opaque' }],
  ['.wh..wh.plnk/1', null],
  ['.wh..wh.aufs', { kind: 'nothing' }],
  ['etc/.wh...', { kind: 'nothing' }],
  ['etc/passwd', null],
])('%s is the whiteout %j', (path, whiteout) => {
  expect(whiteoutOf(path)).toEqual(whiteout);
});

test('packages are those of the databases that the image shows, of the newest layer that has them', () => {
  const database = (path: string, version: string) => ({ path, packages: [['zlib', version] as const] });
  const layer = (path: string, version: string) => ({
    entries: [file(path, 10)],
    packageDatabases: [database(path, version)],
    note: null,
    unpackedSizeBytes: 20,
  });
  const maker = new ImageContentsMaker();
  maker.take(layer('var/lib/dpkg/status', '1'));
  maker.take(layer('var/lib/dpkg/status', '2'));
  maker.take(layer('lib/apk/db/installed', '3'));
  maker.take({ ...layer('x', '4'), entries: [gone('lib/apk/db/installed')], note: 'cut.' });

  expect(maker.finish()).toMatchObject({
    packages: [{ name: 'zlib', version: '2' }],
    unpackedSizeBytes: 80,
    note: 'Layer 4: cut.',
  });
});
