import { replaceImages } from '../../../../src/domain/images/dockerfile/replace-images.js';

const options = { target: null, platform: null, buildArgs: {} };
const REPLACED = { 'docker.io/library/alpine:3.20': 'docker.io/library/alpine:3.21' };
const replace = (text: string, buildArgs = {}): string | null =>
  replaceImages(text, { ...options, buildArgs }, REPLACED);

test.each([
  ['FROM alpine:3.20 AS made', 'FROM docker.io/library/alpine:3.21 AS made'],
  ['FROM docker.io/library/alpine:3.20', 'FROM docker.io/library/alpine:3.21'],
  [`FROM alpine:3.20@sha256:${'a'.repeat(64)}`, 'FROM docker.io/library/alpine:3.21'],
  ['ARG V=3.20\nFROM alpine:$V', 'ARG V=3.20\nFROM docker.io/library/alpine:3.21'],
  [
    'FROM scratch\nCOPY --from=alpine:3.20 /a /a',
    'FROM scratch\nCOPY --from=docker.io/library/alpine:3.21 /a /a',
  ],
  ['FROM alpine:3.19', 'FROM alpine:3.19'],
  ['FROM alpine:3.19 AS b\nFROM b', 'FROM alpine:3.19 AS b\nFROM b'],
])('%j becomes %j', (before, after) => {
  expect(replace(before)).toBe(after);
});

test('what a build argument names is looked at with its value', () => {
  expect(replace('ARG V=3.19\nFROM alpine:$V', { V: '3.20' })).toContain('alpine:3.21');
});

test('a Dockerfile that is no UTF-8 is not written anew', () => {
  expect(replace('FROM alpine:3.20\n# \uFFFD')).toBeNull();
});

test('names that are exchanged, or follow each other, are written once, all at the same time', () => {
  const swap = {
    'docker.io/library/a:1': 'docker.io/library/b:1',
    'docker.io/library/b:1': 'docker.io/library/a:1',
  };
  const text = 'FROM a:1 AS one\nCOPY --from=b:1 /x /x\nFROM b:1';
  expect(replaceImages(text, options, swap)).toBe(
    'FROM docker.io/library/b:1 AS one\nCOPY --from=docker.io/library/a:1 /x /x\nFROM docker.io/library/a:1',
  );
  const chain = {
    'docker.io/library/a:1': 'docker.io/library/b:1',
    'docker.io/library/b:1': 'docker.io/library/c:1',
  };
  expect(replaceImages(text, options, chain)).toBe(
    'FROM docker.io/library/b:1 AS one\nCOPY --from=docker.io/library/c:1 /x /x\nFROM docker.io/library/c:1',
  );
});
