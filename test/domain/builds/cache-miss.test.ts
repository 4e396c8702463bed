import { expect, test } from 'vitest';
import { asksForFiles, type ComparedBuild, explainMisses } from '../../../src/domain/builds/cache-miss.js';
import type { CacheMiss } from '../../../src/domain/builds/cache-miss-kinds.js';
import { cacheMissText } from '../../../src/domain/builds/cache-miss-text.js';
import { copySources, isTaken } from '../../../src/domain/builds/copied-files.js';
import { aBuild, BASE, digest } from './a-compared-build.js';

const STEPS = [BASE, '[2/4] COPY src /src', '[3/4] RUN make', '[4/4] WORKDIR /src'];

const withFiles = (...files: [string, string][]) => ({ files: new Map(files) });

/** By the number of the step: two is FROM, three COPY, four RUN, five WORKDIR. */
test.each<[string, ComparedBuild, ComparedBuild | null, Record<number, CacheMiss>]>([
  [
    'the first build',
    aBuild(STEPS),
    null,
    { 3: { kind: 'first_build' }, 4: { kind: 'first_build' }, 5: { kind: 'first_build' } },
  ],
  [
    'the cache turned off',
    aBuild(STEPS.slice(0, 3), { usesCache: false }),
    aBuild(STEPS),
    { 3: { kind: 'cache_off' }, 4: { kind: 'cache_off' } },
  ],
  ['steps that were cached', aBuild(STEPS.map((name) => `!${name}`)), aBuild(STEPS), {}],
  [
    'a changed file, and what is built upon it',
    aBuild(STEPS, withFiles(['src/a', '2'], ['src/b', '1'], ['other', '3'])),
    aBuild(STEPS),
    {
      3: { kind: 'files_changed', paths: ['src/a'], count: 1 },
      4: { kind: 'earlier_step', stepNumber: 3 },
      5: { kind: 'earlier_step', stepNumber: 3 },
    },
  ],
  [
    'files that came and went',
    aBuild([BASE, '[2/2] COPY . /'], withFiles(['src/c', '1'], ['src/b', '1'], ['other', '1'])),
    aBuild([BASE, '[2/2] COPY . /']),
    { 3: { kind: 'files_changed', paths: ['src/a', 'src/c'], count: 2 } },
  ],
  [
    'a changed instruction',
    aBuild([BASE, '![2/4] COPY src /src', '[3/4] RUN make all', '[4/4] WORKDIR /src']),
    aBuild(STEPS),
    {
      4: { kind: 'instruction_changed', before: 'RUN make', after: 'RUN make all' },
      5: { kind: 'earlier_step', stepNumber: 4 },
    },
  ],
  [
    'an instruction at the end that is new',
    aBuild([BASE, '![2/3] COPY src /src', '[3/3] RUN make']),
    aBuild([BASE, '[2/2] COPY src /src']),
    { 4: { kind: 'new_instruction' } },
  ],
  [
    'a build argument, by its name alone',
    aBuild([BASE, '!x', '[3/4] RUN make'], { buildArgs: { V: '2', SAME: 'x', NEW: '' } }),
    aBuild(STEPS, { buildArgs: { V: '1', SAME: 'x' } }),
    { 4: { kind: 'build_arguments_changed', names: ['NEW', 'V'] } },
  ],
  [
    'a build argument that stands in the instruction',
    aBuild([BASE, '[2/4] COPY app-2.0 /app'], { buildArgs: { V: '2.0' } }),
    aBuild([BASE, '[2/4] COPY app-1.0 /app'], { buildArgs: { V: '1.0' } }),
    { 3: { kind: 'build_arguments_changed', names: ['V'] } },
  ],
  [
    'a build argument that had its default before',
    aBuild([BASE, '[2/4] RUN echo 2 > /v2'], { buildArgs: { V: '2' } }),
    aBuild([BASE, '[2/4] RUN echo one > /vone']),
    { 3: { kind: 'build_arguments_changed', names: ['V'] } },
  ],
  [
    'a build argument, and other words',
    aBuild([BASE, '[2/4] RUN echo 2 > /a'], { buildArgs: { V: '2' } }),
    aBuild([BASE, '[2/4] RUN echo 1 > /b'], { buildArgs: { V: '1' } }),
    { 3: { kind: 'instruction_changed', before: 'RUN echo 1 > /b', after: 'RUN echo 2 > /a' } },
  ],
  [
    'a base image that has moved',
    aBuild([BASE.replace(digest('a'), digest('b')), ...STEPS.slice(1, 3)]),
    aBuild(STEPS),
    {
      3: {
        kind: 'base_image_moved',
        reference: 'docker.io/library/busybox:1',
        before: digest('a'),
        after: digest('b'),
      },
      4: { kind: 'earlier_step', stepNumber: 3 },
    },
  ],
  [
    'a base image that has moved, by a builder whose steps do not say so',
    aBuild(['FROM reg/base:1', 'RUN make'], { pins: new Map([['docker.io/reg/base:1', digest('b')]]) }),
    aBuild(['FROM reg/base:1', 'RUN make'], { pins: new Map([['docker.io/reg/base:1', digest('a')]]) }),
    {
      3: {
        kind: 'base_image_moved',
        reference: 'docker.io/reg/base:1',
        before: digest('a'),
        after: digest('b'),
      },
    },
  ],
  [
    'another base image',
    aBuild([BASE.replace('busybox:1', 'busybox:2'), '[2/2] RUN make']),
    aBuild([BASE, '[2/2] RUN make']),
    {
      3: {
        kind: 'instruction_changed',
        before: 'FROM docker.io/library/busybox:1',
        after: 'FROM docker.io/library/busybox:2',
      },
    },
  ],
  [
    'a stage that is copied from',
    aBuild(
      [
        '[made 1/2] FROM x:1',
        '[made 2/2] COPY src /src',
        '[stage-1 1/2] FROM x:1',
        '[stage-1 2/2] COPY --from=made /src /',
      ],
      withFiles(),
    ),
    aBuild([
      '[made 1/2] FROM x:1',
      '[made 2/2] COPY src /src',
      '[stage-1 1/2] FROM x:1',
      '[stage-1 2/2] COPY --from=made /src /',
    ]),
    {
      3: { kind: 'files_changed', paths: ['src/a', 'src/b'], count: 2 },
      5: { kind: 'earlier_step', stepNumber: 3 },
    },
  ],
  [
    'a stage that begins with another one',
    aBuild(['[made 1/2] FROM x:1', '[made 2/2] COPY src /src', '[stage-1 1/1] RUN test'], withFiles()),
    aBuild(['[made 1/2] FROM x:1', '[made 2/2] COPY src /src', '[stage-1 1/1] RUN test']),
    {
      3: { kind: 'files_changed', paths: ['src/a', 'src/b'], count: 2 },
      4: { kind: 'earlier_step', stepNumber: 3 },
    },
  ],
  [
    'what the build before did not finish, or did not reach',
    aBuild([BASE, '!x', '[3/4] RUN make']),
    aBuild([BASE, '[2/4] COPY src /src', '?[3/4] RUN make']),
    { 4: { kind: 'not_built_before' } },
  ],
  [
    'another commit, where the files are not known',
    aBuild(STEPS.slice(0, 2), { files: null, commit: 'b'.repeat(40) }),
    aBuild(STEPS.slice(0, 2), { files: null, commit: 'a'.repeat(40) }),
    { 3: { kind: 'commit_changed', before: 'a'.repeat(40), after: 'b'.repeat(40) } },
  ],
  [
    'another host',
    aBuild(STEPS.slice(0, 2), { host: 'two' }),
    aBuild(STEPS),
    { 3: { kind: 'other_host', before: 'one', after: 'two' } },
  ],
  ['nothing that is known', aBuild(STEPS.slice(0, 2)), aBuild(STEPS), { 3: { kind: 'unknown' } }],
])('a step runs because of %s', (_name, now, before, expected) => {
  expect(Object.fromEntries(explainMisses(now, before))).toEqual(expected);
});

describe('a builder that does not say which stage a step is of', () => {
  const FIRST = [`FROM a.example/x:1@${digest('a')}`, '!RUN make'];
  const missesOf = (...names: string[]) =>
    Object.fromEntries(explainMisses(aBuild([...FIRST, ...names]), aBuild([...FIRST, ...names])));

  test('is not said to have lost its cache where a step copies from another stage, or stands on one', () => {
    const second = `FROM a.example/x:1@${digest('a')}`;
    expect(missesOf(second, 'COPY --from=made /a /a', 'RUN test')).toEqual({
      6: { kind: 'earlier_step', stepNumber: 5 },
    });
    expect(missesOf('FROM made', 'COPY src /src')).toEqual({});
  });

  test('is said to, where a step stands on a known image alone', () => {
    expect(missesOf(`FROM b.example/y:1@${digest('b')}`, 'COPY src /src')).toEqual({
      5: { kind: 'unknown' },
    });
  });
});

test('instructions that the method does not cache have no reason, and are none for those after them', () => {
  const names = [BASE, '[2/3] WORKDIR /src', '[3/3] RUN make'];
  const misses = explainMisses(aBuild(names), aBuild(names), {
    uncached: ['WORKDIR'],
    runSettings: null,
  });
  expect(Object.fromEntries(misses)).toEqual({ 4: { kind: 'unknown' } });
});

test.each<[string, ComparedBuild, boolean]>([
  ['a COPY that ran', aBuild(STEPS), true],
  ['a RUN that ran', aBuild([BASE, '![2/3] COPY src /src', '[3/3] RUN make']), true],
  ['steps that were cached', aBuild([BASE, '![2/3] COPY src /src', '![3/3] RUN make']), false],
  ['a cache that is off', aBuild(STEPS, { usesCache: false }), false],
])('of %s files or the Dockerfile may be the reason: %s', (_name, build, asks) => {
  expect(asksForFiles(build)).toBe(asks);
});

test.each<[string, readonly string[] | null, string | null]>([
  ['COPY a b /app/', ['a', 'b'], null],
  ['COPY --chown=1:1 --link ./src/ .', ['src'], null],
  ['COPY . /app', [''], null],
  ['COPY ["my file", "/app"]', ['my file'], null],
  ['COPY --from=build /a /b', null, 'build'],
  ['ADD https://example.com/a.tar /', null, null],
  ['ADD x.tar https://example.com/a.tar /', ['x.tar'], null],
  ['COPY <<EOF (hello) /a', ['(hello)'], null],
  ['RUN --mount=type=bind,source=src,target=/src --mount=type=cache,target=/c make', ['src'], null],
  ['RUN --mount=target=/src make', [''], null],
  ['RUN --mount=from=tools,target=/t make', null, 'tools'],
  ['RUN make', null, null],
])('%s reads %j of the context and %j', (text, patterns, from) => {
  expect(copySources(text)).toEqual({ patterns, from });
});

test.each([
  ['a/b/c', 'a', true],
  ['a/b/c', 'a/b/c', true],
  ['a/b/c', 'a/*/c', true],
  ['a.txt', '*.tx?', true],
  ['a/x.txt', '*.txt', false],
  ['ab', 'a', false],
  ['x', '[x', false],
  ['file7', 'file[0-9]', true],
  ['aXbXc', 'a*b*c', true],
  ['aXbX', 'a*b*c', false],
  ['a'.repeat(255), `${'*a'.repeat(60)}b`, false],
])('the path %s is taken by %s: %s', (path, pattern, taken) => {
  expect(isTaken(path, pattern)).toBe(taken);
});

test('the words name what changed', () => {
  expect(cacheMissText({ kind: 'files_changed', paths: ['a', 'b'], count: 7 })).toBe(
    'files differ: a, b and 5 more',
  );
  expect(cacheMissText({ kind: 'build_arguments_changed', names: ['V'] })).toBe(
    'a build argument has another value: V',
  );
  expect(cacheMissText({ kind: 'setting_changed', before: 'ENV A=1', after: 'ENV A=2' })).toBe(
    'ENV A=2, above it, was: ENV A=1',
  );
  expect(cacheMissText({ kind: 'setting_changed', before: null, after: 'USER me' })).toBe(
    'USER me, above it, is new',
  );
  expect(cacheMissText({ kind: 'setting_changed', before: 'USER me', after: null })).toBe(
    'an instruction above it is gone: USER me',
  );
  expect(
    cacheMissText({ kind: 'base_image_moved', reference: 'x:1', before: digest('a'), after: digest('b') }),
  ).toBe('x:1 is another image: sha256:aaaaaaaaaaaa before, sha256:bbbbbbbbbbbb now');
  expect(cacheMissText({ kind: 'heredoc_changed', before: 'echo four', after: 'echo five' })).toBe(
    'a line of its here-document, echo five, was: echo four',
  );
  expect(cacheMissText({ kind: 'network_changed', before: 'default', after: 'none' })).toBe(
    'the network of RUN steps (resources.network) is another one: default before, none now',
  );
});
