import { expect, test } from 'vitest';
import { planRetention, type PublishedImage } from '../../../src/domain/retention/plan-retention.js';
import type { PointingTag } from '../../../src/domain/retention/tag-use.js';
import { changedRetention, type RetentionChange } from '../../../src/domain/retention/retention-policy.js';
import { tagMatches } from '../../../src/domain/retention/tag-pattern.js';

const NOW = new Date('2026-11-29T12:00:00.000Z');
const DAY_MS = 86_400_000;

/** An image that was published so many days ago, from `main` unless said otherwise. */
function anImage(
  name: string,
  daysAgo: number,
  over: Partial<PublishedImage> & { branch?: string | null } = {},
): PublishedImage {
  const { branch = 'main', ...fields } = over;
  return {
    id: name,
    digest: `sha256:${name}`,
    children: [],
    branches: [{ branch, publishedAt: new Date(NOW.getTime() - daysAgo * DAY_MS) }],
    tags: [],
    ...fields,
  };
}

interface OtherFacts {
  readonly needed?: readonly string[];
  readonly bases?: readonly string[];
}

/** What is said of each image by its name, `goes: ` before it where it goes. No tag is protected unless said otherwise. */
function said(
  change: RetentionChange,
  images: readonly PublishedImage[],
  facts: OtherFacts = {},
): Record<string, string> {
  const withReason = (names: readonly string[] = [], why: string) =>
    new Map(names.map((name) => [`sha256:${name}`, why]));
  const needed = withReason(facts.needed, 'app#5 needs it');
  const bases = withReason(facts.bases, 'the image of app#6 was made from it');
  const policy = changedRetention(null, { protected_tags: [], ...change });
  const verdicts = planRetention(policy, { images, needed, bases }, NOW);
  return Object.fromEntries(
    [...verdicts].map(([id, { goes, because }]) => [id, `${goes ? 'goes: ' : ''}${because}`]),
  );
}

/** Names of the images that go. */
function gone(change: RetentionChange, images: readonly PublishedImage[], facts: OtherFacts = {}): string[] {
  return Object.entries(said(change, images, facts))
    .filter(([, why]) => why.startsWith('goes'))
    .map(([name]) => name);
}

const COMMIT = '4f1c2ab9d8e7f60123456789abcdef0123456789';
/** A tag that build 7 has set, of a repository that it named with the tag. */
const named = (tag: string): PointingTag => ({
  ...{ repository: 'r.example/app', tag, buildNumber: 7, commit: COMMIT },
  destinations: [`r.example/app:${tag}`],
});
/** The number of build 7, which Kiln has set because nobody named a tag. */
const NUMBERED: PointingTag = {
  ...named('7'),
  destinations: ['r.example/app:7', 'r.example/app:latest'],
};

test('the newest images of each branch stay', () => {
  const images = [
    anImage('a', 3),
    anImage('b', 2),
    anImage('c', 1),
    anImage('x', 9, { branch: 'next' }),
    anImage('y', 8, { branch: 'next' }),
    anImage('z', 7, { branch: null }),
  ];
  expect(gone({ keep_newest: 1 }, images)).toEqual(['a', 'b', 'x']);
  expect(gone({ keep_newest: 2 }, images)).toEqual(['a']);
});

test('of a branch with old images only, the newest stays whatever its age', () => {
  expect(gone({ older_than_seconds: 60 }, [anImage('a', 300), anImage('b', 200)])).toEqual(['a']);
});

test('with both rules only what is neither new in its branch nor young goes', () => {
  const images = [anImage('a', 40), anImage('b', 20), anImage('c', 2), anImage('d', 1)];
  expect(gone({ keep_newest: 2, older_than_seconds: 30 * 86_400 }, images)).toEqual(['a']);
});

test('an image that two branches have published stays while one of them has it among its newest', () => {
  const both = anImage('a', 5, {
    branches: [
      { branch: 'main', publishedAt: new Date(NOW.getTime() - 5 * DAY_MS) },
      { branch: 'release', publishedAt: new Date(NOW.getTime() - 9 * DAY_MS) },
    ],
  });
  expect(gone({ keep_newest: 1 }, [both, anImage('b', 1)])).toEqual([]);
});

test('an image with a protected tag stays', () => {
  const images = [
    anImage('a', 3, { tags: [NUMBERED, named('v1.2')] }),
    anImage('b', 2, { tags: [NUMBERED] }),
    anImage('c', 1),
  ];
  expect(gone({ keep_newest: 1, protected_tags: ['v*'] }, images)).toEqual(['b']);
});

test('an image that a tag points at stays beyond every other rule, also where that tag was set once', () => {
  const images = [
    anImage('prod', 300, { tags: [NUMBERED, named('prod')] }),
    anImage('bare', 200),
    anImage('new', 1, { tags: [named('latest')] }),
  ];
  expect(gone({ keep_newest: 1, older_than_seconds: 60 }, images)).toEqual(['bare']);
});

test.each([
  ['the number that Kiln gives', NUMBERED, true],
  ['the same number, asked for', named('7'), false],
  ['the commit', named(COMMIT), true],
  ['the beginning of the commit', named('4f1c2ab'), true],
  ['a branch and the commit', named('main-4f1c2ab9'), true],
  ['too little of the commit', named('4f1c2a'), false],
  ['another commit', named('9d8e7f6'), false],
  ['a commit, where none is known', { ...named('4f1c2ab'), commit: null }, false],
  ['what the policy names', named('pr-12'), true],
  ['what the policy names and protects', named('pr-1'), false],
])('an image whose tag is %s goes with it: %s', (_what, tag: PointingTag, goes) => {
  const policy = { keep_newest: 1, expendable_tags: ['pr-*'], protected_tags: ['pr-1'] };
  const images = [anImage('old', 2, { tags: [tag] }), anImage('new', 1)];
  expect(gone(policy, images)).toEqual(goes ? ['old'] : []);
});

test('an image goes only when all of its tags do, and each is named with why', () => {
  const images = (tag: string) => [
    anImage('old', 2, { tags: [NUMBERED, named('4f1c2ab'), named(tag)] }),
    anImage('new', 1),
  ];
  const policy = { keep_newest: 1, expendable_tags: ['pr-*'] };
  expect(gone(policy, images('prod'))).toEqual([]);
  expect(said(policy, images('pr-9'))['old']).toBe(
    'goes: it is number 2 of the branch main, and nothing uses it (7 is the number of its build, 4f1c2ab names the commit of its build, pr-9 is expendable by pr-*)',
  );
});

test('a policy that names no tags protects versions', () => {
  expect(changedRetention(null, { keep_newest: 3 }).protected_tags).toEqual(['v*']);
  expect(changedRetention(null, { keep_newest: 3, protected_tags: [] }).protected_tags).toEqual([]);
  const before = { keep_newest: 3, older_than_seconds: null, protected_tags: [], expendable_tags: ['pr-*'] };
  expect(changedRetention(before, { keep_newest: 5 })).toEqual({ ...before, keep_newest: 5 });
});

test('an image that is built again and again takes one place among the newest', () => {
  const again = anImage('again', 1, {
    branches: [1, 2, 3].map((days) => ({
      branch: 'main',
      publishedAt: new Date(NOW.getTime() - days * DAY_MS),
    })),
  });
  expect(gone({ keep_newest: 2 }, [anImage('a', 6), anImage('b', 5), again])).toEqual(['a']);
});

test('of every image it is said why it stays or goes', () => {
  const images = [
    anImage('old', 90),
    anImage('base', 80),
    anImage('needed', 70),
    anImage('version', 60, { tags: [named('v2')] }),
    anImage('stable', 50, { tags: [named('stable')] }),
    anImage('young', 3),
    anImage('second', 2),
    anImage('first', 1),
    anImage('loose', 40, { branch: null }),
  ];
  const policy = { keep_newest: 2, older_than_seconds: 30 * 86_400, protected_tags: ['v*'] };
  expect(said(policy, images, { bases: ['base'], needed: ['needed'] })).toEqual({
    old: 'goes: it is number 8 of the branch main, it is older than 30d, and nothing uses it',
    base: 'the image of app#6 was made from it',
    needed: 'app#5 needs it',
    version: 'its tag v2 is protected by v*',
    stable: 'the tag stable is in use: it points here, and is not expendable',
    young: 'it was published in the last 30d',
    second: 'it is number 2 of the branch main, of which the 2 newest stay',
    first: 'it is the newest of the branch main',
    loose: 'it is the newest of the builds of no branch',
  });
});

test('what a build still needs stays, also as a part of an index', () => {
  const images = [anImage('a', 3), anImage('b', 2, { children: ['sha256:b1'] }), anImage('c', 1)];
  expect(gone({ keep_newest: 1 }, images, { needed: ['a', 'b1'] })).toEqual([]);
});

test('what another image was made from stays', () => {
  expect(gone({ keep_newest: 1 }, [anImage('a', 2), anImage('b', 1)], { bases: ['a'] })).toEqual([]);
});

test('an image that is a part of an index that stays, stays with it', () => {
  const images = [anImage('part', 3), anImage('old', 2), anImage('index', 1, { children: ['sha256:part'] })];
  expect(gone({ keep_newest: 1 }, images)).toEqual(['old']);
});

test('a policy has to keep something for some reason', () => {
  const refusal = expect.objectContaining({ code: 'invalid_request' });
  expect(() => changedRetention(null, { protected_tags: ['v*'] })).toThrow(refusal);
  expect(() =>
    changedRetention(
      { keep_newest: 3, older_than_seconds: null, protected_tags: [], expendable_tags: [] },
      { keep_newest: null },
    ),
  ).toThrow(refusal);
});

test.each([
  ['v*', 'v1', true],
  ['v*', 'dev', false],
  ['*', 'anything', true],
  ['v*.*-rc*', 'v1.2-rc3', true],
  ['v*.*-rc*', 'v1-rc3', false],
  ['ab*ba', 'aba', false],
  ['release', 'release-1', false],
  ['a.c', 'abc', false],
])('the pattern %s and the tag %s: %s', (pattern, tag, matches) => {
  expect(tagMatches(pattern, tag)).toBe(matches);
});
