import { expect, test } from 'vitest';
import { remoteFiles } from '../../../../src/domain/images/dockerfile/remote-files.js';
import { remoteSourcesOf } from '../../../../src/domain/images/dockerfile/remote-sources.js';

const SHA256 = 'a'.repeat(64);
const COMMIT = 'c'.repeat(40);
function filesOf(text: string, target: string | null = null) {
  const buildArgs = { V: '2' };
  const { sources } = remoteSourcesOf(text, buildArgs);
  return remoteFiles(text, { target, platform: null, buildArgs }, sources);
}

test.each<[string, string, unknown]>([
  [
    'a file',
    'ADD https://example.com/a-$V.tgz /',
    { uri: 'https://example.com/a-***.tgz', sha256: null, commit: null },
  ],
  [
    'a file whose address has a default of the Dockerfile',
    'ARG D=1.2\nADD https://example.com/a-$D.tgz /',
    { uri: 'https://example.com/a-1.2.tgz', sha256: null, commit: null },
  ],
  [
    'a file with its checksum',
    `ARG SUM=sha256:${SHA256}\nADD --chmod=644 --checksum=$SUM https://example.com/a /`,
    { uri: 'https://example.com/a', sha256: SHA256, commit: null },
  ],
  [
    'a file whose address only the builder knows',
    'ARG TARGETARCH\nADD https://example.com/$TARGETARCH /',
    { uri: 'https://example.com/$TARGETARCH', sha256: null, commit: null },
  ],
  [
    'a repository at a branch',
    'ADD https://example.com/app.git#main:src /',
    { uri: 'git+https://example.com/app.git#main:src', sha256: null, commit: null },
  ],
  [
    'a repository at a commit',
    `ADD git@example.com:app.git#${COMMIT} /`,
    { uri: `git+git@example.com:app.git#${COMMIT}`, sha256: null, commit: COMMIT },
  ],
  [
    'a repository with its commit as checksum',
    `ADD --checksum=${COMMIT} https://example.com/app.git#v1 /`,
    { uri: 'git+https://example.com/app.git#v1', sha256: null, commit: COMMIT },
  ],
])('%s is a material of the build', (_name, instructions, expected) => {
  expect(filesOf(`FROM scratch\nARG V\n${instructions}`)).toEqual([expected]);
});

const ARGUMENTS = {
  DATABASE_URL: 'postgres://app:planted-1@db/app',
  TAIL: '?sig=planted-2',
  SERVER: 'http://example.com/planted-3',
  HOST: 'example.com',
};

test.each([
  ['http://example.com/x.txt?sig=$DATABASE_URL', 'http://example.com/x.txt'],
  ['http://example.com/x.txt?X-Amz-Signature=planted-4#planted-5', 'http://example.com/x.txt'],
  ['http://example.com/${DATABASE_URL}/x', 'http://example.com/***/x'],
  ['http://example.com/x$TAIL', 'http://example.com/x***'],
  ['http://example.com/$COPY/x', 'http://example.com/***-more/x'],
  ['$SERVER/x', 'http://example.com:80/***'],
  ['https://$HOST/x?planted-6', 'https://example.com:443/***'],
  ['https://example.com/$DATABASE_URL/a.git?token=planted-7#v1', 'https://example.com/***/a.git'],
  ['git@example.com:$DATABASE_URL.git#$TAIL', 'git+git@example.com:***.git#***'],
])('of the address %s no value of an argument and no query is told', (address, told) => {
  const names = Object.keys(ARGUMENTS).map((name) => `ARG ${name}`);
  const text = ['FROM scratch', ...names, 'ENV COPY=${DATABASE_URL}-more', `ADD ${address} /`].join('\n');
  const { sources } = remoteSourcesOf(text, ARGUMENTS);
  const files = remoteFiles(text, { target: null, platform: null, buildArgs: ARGUMENTS }, sources);
  expect(files.map(({ uri }) => uri)).toEqual([told]);
});

test('only what the stage that is built needs is listed, once, and nothing that ONBUILD leaves to others', () => {
  const text = [
    'FROM scratch AS a',
    'ADD https://example.com/a https://example.com/a /',
    'FROM scratch AS b',
    'ADD https://example.com/b /',
    'FROM scratch AS c',
    'COPY --from=a / /',
    'ONBUILD ADD https://example.com/onbuild /',
  ].join('\n');
  expect(filesOf(text).map(({ uri }) => uri)).toEqual(['https://example.com/a']);
  expect(filesOf(text, 'b').map(({ uri }) => uri)).toEqual(['https://example.com/b']);
});
