import { expect, test } from 'vitest';
import { buildpackBase } from '../../../src/domain/images/buildpack-base.js';
import { baseLayerCount, usedImages } from '../../../src/domain/images/used-images.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const used = (names: readonly string[], base: Parameters<typeof usedImages>[1] = null) =>
  usedImages(
    names.map((name) => ({ name })),
    base,
  ).map(({ reference, digest, isBase }) => [reference, digest?.slice(0, 9) ?? null, isBase]);

test.each<[string, string[], Parameters<typeof usedImages>[1], unknown[]]>([
  [
    'buildx: with the digest that each name stood for',
    [
      '[internal] load metadata for docker.io/library/golang:1.26',
      `[build 1/2] FROM docker.io/library/golang:1.26@${DIGEST}`,
      `[stage-1 1/2] FROM docker.io/library/busybox:1.37@${DIGEST}`,
      '[stage-1 2/2] COPY --from=build /app /app',
    ],
    { name: 'busybox', tag: '1.37' },
    [
      ['docker.io/library/busybox:1.37', 'sha256:aa', true],
      ['docker.io/library/golang:1.26', 'sha256:aa', false],
    ],
  ],
  [
    'container: without digests, and without the names of stages',
    ['[tools 1/2] FROM registry:5000/base:1 AS tools', '[more 1/2] FROM tools AS more', '[x 1/1] FROM more'],
    { name: 'registry:5000/base', tag: '1' },
    [['registry:5000/base:1', null, true]],
  ],
  [
    'kaniko: no bare words but the base',
    ['FROM made', 'FROM busybox'],
    { name: 'busybox', tag: 'latest' },
    [['docker.io/library/busybox:latest', null, true]],
  ],
  [
    'packer: what it pulled',
    ['pull registry:5000/base:1', 'packer init'],
    null,
    [['registry:5000/base:1', null, false]],
  ],
  [
    'paketo: the builder, beside the run image of its label',
    [`[builder] registry:5000/cnb/builder:1@${DIGEST}`, '[detect]', '[build] kiln/pages@1.0.0'],
    { name: 'registry:5000/cnb/run', tag: '1', digest: DIGEST },
    [
      ['registry:5000/cnb/run:1', 'sha256:aa', true],
      ['registry:5000/cnb/builder:1', 'sha256:aa', false],
    ],
  ],
  ['a stage of that name', ['[builder] RUN make all', '[builder 1/1] RUN make'], null, []],
  [
    'a digest in the Dockerfile',
    [],
    { name: 'team/base', tag: null, digest: DIGEST },
    [['docker.io/team/base', 'sha256:aa', true]],
  ],
  ['scratch', ['[1/1] FROM scratch'], null, []],
])('the images that a build used, of %s', (_name, names, base, expected) => {
  expect(used(names, base)).toEqual(expected);
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
