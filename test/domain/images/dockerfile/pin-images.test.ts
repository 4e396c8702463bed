import { expect, test } from 'vitest';
import { pinImages } from '../../../../src/domain/images/dockerfile/pin-images.js';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const DIGESTS = { 'reg:5000/base:1': A, busybox: B };
const pin = (text: string, buildArgs: Record<string, string> = {}) =>
  pinImages(text, { target: null, platform: 'linux/amd64', buildArgs }, DIGESTS);

test.each<[string, string, string]>([
  ['FROM', 'FROM reg:5000/base:1\nRUN x\n', `FROM reg:5000/base:1@${A}\nRUN x\n`],
  ['a name with spelling of its own', 'from  busybox  as  b', `from busybox@${B} as b`],
  [
    'what an argument comes to',
    'ARG V=1\nARG B=reg:5000/base\nFROM --platform=$BUILDPLATFORM "$B:${V}" AS x\n',
    `ARG V=1\nARG B=reg:5000/base\nFROM --platform=$BUILDPLATFORM reg:5000/base:1@${A} AS x\n`,
  ],
  [
    'FROM over several lines, so that those after it stay where they are',
    'FROM \\\n  # why\n  busybox \\\n  AS b\nRUN x',
    `FROM busybox@${B} AS b\n\n\n\nRUN x`,
  ],
  [
    'COPY --from, wherever it stands among the flags',
    'FROM scratch\nCOPY --link \\\n  --from=busybox --from=no /--from=busybox /x\n',
    `FROM scratch\nCOPY --link \\\n  --from=busybox@${B} --from=no /--from=busybox /x\n`,
  ],
  [
    'mounts of RUN',
    'FROM scratch\nRUN --mount=type=bind,from=busybox,target=/a --mount=type=cache,target=/c --mount=from=reg:5000/base:1,target=/b echo busybox\n',
    `FROM scratch\nRUN --mount=type=bind,from=busybox@${B},target=/a --mount=type=cache,target=/c --mount=from=reg:5000/base:1@${A},target=/b echo busybox\n`,
  ],
  [
    'no stage that is called like an image, but the image that it stands on',
    'FROM busybox AS busybox\nFROM busybox\nCOPY --from=0 / /\nCOPY --from=busybox / /',
    `FROM busybox@${B} AS busybox\nFROM busybox\nCOPY --from=0 / /\nCOPY --from=busybox / /`,
  ],
  ['no name that has its digest', `FROM busybox@${A}`, `FROM busybox@${A}`],
  [
    'nothing behind ONBUILD, which is of the image',
    'FROM busybox\nONBUILD COPY --from=busybox / /\n',
    `FROM busybox@${B}\nONBUILD COPY --from=busybox / /\n`,
  ],
  [
    'no words of here-documents',
    'FROM busybox\nRUN <<E\nFROM busybox\nE\n',
    `FROM busybox@${B}\nRUN <<E\nFROM busybox\nE\n`,
  ],
  ['lines of Windows', 'FROM busybox\r\nRUN x\r\n', `FROM busybox@${B}\nRUN x\r\n`],
])('a Dockerfile is pinned by %s', (_name, text, expected) => {
  expect(pin(text)).toBe(expected);
});

test('arguments of the build come before those of the file', () => {
  expect(pin('ARG B=x\nFROM $B', { B: 'busybox' })).toBe(`ARG B=x\nFROM busybox@${B}`);
});

test.each([
  ['a flag in quotes', 'FROM scratch\nCOPY --from="busybox" / /'],
  ['a flag over two lines', 'FROM scratch\nCOPY --from=\\\nbusybox / /'],
  ['a comment that looks like the flag', 'FROM scratch\nCOPY \\\n# --from=busybox\n --fro\\\nm=busybox / /'],
  ['bytes that are no UTF-8', 'FROM busybox\nLABEL a=\uFFFD'],
])('a Dockerfile with %s is left alone', (_name, text) => {
  expect(pin(text)).toBeNull();
});
