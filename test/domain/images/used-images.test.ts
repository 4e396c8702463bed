import { expect, test } from 'vitest';
import { buildpackBase } from '../../../src/domain/images/buildpack-base.js';
import { baseLayerCount, materialImage, usedImages } from '../../../src/domain/images/used-images.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const image = (name: string, digest: string | null = null) => {
  const found = materialImage(name, digest);
  if (found === null) throw new Error(name);
  return found;
};
const BASE = { name: 'registry:5000/base', tag: '1' };

test.each<[string, ...Parameters<typeof usedImages>, unknown[]]>([
  [
    'its base first, with the digests that were recorded',
    [image('golang:1.26', DIGEST), image('registry:5000/base:1', DIGEST)],
    BASE,
    [
      ['registry:5000/base:1', DIGEST, true],
      ['docker.io/library/golang:1.26', DIGEST, false],
    ],
  ],
  [
    'a name that nobody has resolved without a digest',
    [image('registry:5000/base:1')],
    BASE,
    [['registry:5000/base:1', null, true]],
  ],
  [
    'each once, and one name twice where it stood for two',
    [image('a/b', DIGEST), image('a/b:latest', DIGEST), image('a/b', OTHER)],
    null,
    [
      ['docker.io/a/b:latest', DIGEST, false],
      ['docker.io/a/b:latest', OTHER, false],
    ],
  ],
  [
    'the base by its digest where the Dockerfile has one',
    [image(`a/b@${OTHER}`), image(`a/b@${DIGEST}`)],
    { name: 'a/b', tag: null, digest: DIGEST },
    [
      ['docker.io/a/b', DIGEST, true],
      ['docker.io/a/b', OTHER, false],
    ],
  ],
  [
    'the base that the builder has told, whatever a label in the image says',
    [image('reg/builder:1', DIGEST), { ...image('reg/run:1', DIGEST), isBase: true }],
    { name: 'evil.example.com/run', tag: '1', digest: OTHER },
    [
      ['docker.io/reg/run:1', DIGEST, true],
      ['docker.io/reg/builder:1', DIGEST, false],
    ],
  ],
  [
    'no digest of a base that the run has not recorded',
    [],
    { ...BASE, digest: OTHER },
    [['registry:5000/base:1', null, true]],
  ],
  [
    'the base of the Dockerfile where an older build host ran it',
    undefined,
    { ...BASE, digest: DIGEST },
    [['registry:5000/base:1', DIGEST, true]],
  ],
  ['none of one from scratch', [], null, []],
])('the images that a build was made from: %s', (_name, recorded, base, expected) => {
  const used = usedImages(recorded, base);
  expect(used.map(({ reference, digest, isBase }) => [reference, digest, isBase])).toEqual(expected);
});

test('a name that is no reference is no image', () => {
  expect(materialImage('$NOBODY/knows', null)).toBeNull();
});

test.each([
  [['a', 'b', 'c'], ['a', 'b'], 2],
  [['a', 'b'], ['a', 'b'], 2],
  [['a', 'b'], ['a', 'x'], 0],
  [['a'], ['a', 'b'], 0],
  [['a'], [], 0],
])('of the layers %j those of the base %j are %i', (image, base, count) => {
  expect(baseLayerCount(image, base)).toBe(count);
});

test.each<[string | undefined, unknown]>([
  [undefined, null],
  ['{', null],
  ['{}', null],
  [
    JSON.stringify({ runImage: { image: 'reg:5000/cnb/run:1.35', reference: `reg:5000/cnb/run@${DIGEST}` } }),
    { name: 'reg:5000/cnb/run', tag: '1.35', digest: DIGEST },
  ],
  [
    JSON.stringify({ runImage: { reference: `reg:5000/cnb/run@${DIGEST}` } }),
    { name: 'reg:5000/cnb/run', tag: null, digest: DIGEST },
  ],
])('the label %s of buildpacks tells the base %j', (label, base) => {
  expect(buildpackBase(label)).toEqual(base);
});
