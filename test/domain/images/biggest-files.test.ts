import { expect, test } from 'vitest';
import { biggestFiles, treeOfChanges } from '../../../src/domain/images/biggest-files.js';
import { compareFiles } from '../../../src/domain/images/compare-files.js';
import { compareSettings, sharedLayers } from '../../../src/domain/images/compare-images.js';
import type { EntryKind, LayerEntry } from '../../../src/domain/images/layer-entry.js';
import { type FileChange, LayerStack } from '../../../src/domain/images/layer-stack.js';

const entry = (path: string, sizeBytes: number, kind: EntryKind = 'file', content = ''): LayerEntry => ({
  path,
  kind,
  sizeBytes,
  mode: 0o644,
  content,
});
const BASE = [
  entry('usr/lib/big', 900),
  entry('usr/lib/small', 50),
  entry('usr/bin/sh', 400),
  entry('etc/a', 5),
];
const NEXT = [entry('usr/lib/small', 60), entry('app/x', 700), entry('usr/bin/sh', 0, 'removed')];

test('the biggest things come with their folders, and each folder says what it leaves out', () => {
  const stack = new LayerStack();
  stack.take(BASE);
  const told = biggestFiles(stack.root, '', { limit: 4 })!;
  expect(told.map((one) => [one.path, one.sizeBytes, one.fileCount, one.leftOutBytes])).toEqual([
    ['', 1355, 4, 5],
    ['usr', 1350, 3, 0],
    ['usr/lib', 950, 2, 50],
    ['usr/lib/big', 900, 1, 0],
    ['usr/bin', 400, 1, 400],
  ]);
  expect(biggestFiles(stack.root, 'usr/bin', { limit: 9 })!.map(({ path }) => path)).toEqual([
    'usr/bin',
    'usr/bin/sh',
  ]);
  expect(biggestFiles(stack.root, 'nowhere', { limit: 9 })).toBeNull();
});

test('of one layer there is what it did, also what it removed', () => {
  const stack = new LayerStack();
  const changes = new Map<string, FileChange>();
  stack.take(BASE);
  stack.take(NEXT, changes);
  const told = biggestFiles(treeOfChanges(changes), '', { limit: 20, changes })!;
  expect(
    told.filter(({ change }) => change !== null).map((one) => [one.path, one.change, one.sizeBytes]),
  ).toEqual([
    ['app/x', 'added', 700],
    ['usr/bin/sh', 'removed', 400],
    ['usr/lib/small', 'changed', 60],
  ]);
});

test('two images differ in the files that one lacks or has otherwise', () => {
  const before = new LayerStack();
  before.take([...BASE, entry('same', 9, 'file', 'abc'), entry('other', 9, 'file', 'abc')]);
  const after = new LayerStack();
  after.take([...BASE, entry('same', 9, 'file', 'abc'), entry('other', 9, 'file', 'abd')]);
  after.take(NEXT);
  expect(compareFiles(before.root, after.root, 3)).toEqual({
    added: 1,
    changed: 2,
    removed: 1,
    addedBytes: 700,
    removedBytes: 400,
    changedBytes: 10,
    biggest: [
      { path: 'app/x', beforeBytes: null, afterBytes: 700 },
      { path: 'usr/bin/sh', beforeBytes: 400, afterBytes: null },
      { path: 'usr/lib/small', beforeBytes: 50, afterBytes: 60 },
    ],
  });
});

test('settings and packages that differ are named with both values', () => {
  const image = { platform: 'linux/amd64', baseImage: 'a:1', entrypoint: null, cmd: ['sh'], workingDir: '/' };
  expect(
    compareSettings(
      { ...image, envVars: ['PATH=/bin', 'A=1', 'GONE=x=y'] },
      { ...image, cmd: null, entrypoint: ['/app'], envVars: ['PATH=/bin', 'A=2', 'NEW='] },
    ),
  ).toEqual([
    { setting: 'cmd', before: '["sh"]', after: null },
    { setting: 'env A', before: '1', after: '2' },
    { setting: 'env GONE', before: 'x=y', after: null },
    { setting: 'entrypoint', before: null, after: '["/app"]' },
    { setting: 'env NEW', before: null, after: '' },
  ]);
});

test.each<[string[], string[], number]>([
  [['a', 'b', 'c'], ['a', 'b', 'd'], 2],
  [['a'], ['a', 'b'], 1],
  [['a', 'b'], ['a'], 1],
  [['x'], ['a'], 0],
  [[], [], 0],
])('of the layers %j and %j the first %i are shared', (before, after, count) => {
  expect(sharedLayers(before, after)).toBe(count);
});
