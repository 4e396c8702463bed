import { expect, test } from 'vitest';
import { stepImages } from '../../../src/domain/builds/step-images.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test.each<[string, string[], unknown[]]>([
  [
    'buildx',
    [
      '[internal] load metadata for docker.io/library/golang:1.26',
      `[build 1/2] FROM docker.io/library/golang:1.26@${DIGEST}`,
      '[stage-1 2/2] COPY --from=build /app /app',
    ],
    [{ reference: 'docker.io/library/golang:1.26', digest: DIGEST }],
  ],
  [
    'container, without the names of stages',
    ['[tools 1/2] FROM registry:5000/base:1 AS tools', '[more 1/2] FROM tools AS more', '[x 1/1] FROM more'],
    [{ reference: 'registry:5000/base:1', digest: null }],
  ],
  ['kaniko, without bare words', ['FROM made', 'FROM busybox'], []],
])('the steps of %s name images', (_name, names, expected) => {
  expect(stepImages(names.map((name) => ({ name })))).toEqual(expected);
});
