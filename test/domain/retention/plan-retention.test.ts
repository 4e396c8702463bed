import { expect, test } from 'vitest';
import { planRetention, type PublishedImage } from '../../../src/domain/retention/plan-retention.js';
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

/** Names of the images that go. */
function gone(
  change: RetentionChange,
  images: readonly PublishedImage[],
  facts: { needed?: string[]; bases?: string[] } = {},
): string[] {
  const digests = (names: string[] = []) => new Set(names.map((name) => `sha256:${name}`));
  const verdicts = planRetention(
    changedRetention(null, change),
    { images, needed: digests(facts.needed), bases: digests(facts.bases) },
    NOW,
  );
  return images.filter(({ id }) => verdicts.get(id)?.goes === true).map(({ id }) => id);
}

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
    anImage('a', 3, { tags: ['7', 'v1.2'] }),
    anImage('b', 2, { tags: ['8'] }),
    anImage('c', 1),
  ];
  expect(gone({ keep_newest: 1, protected_tags: ['v*'] }, images)).toEqual(['b']);
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
    changedRetention({ keep_newest: 3, older_than_seconds: null, protected_tags: [] }, { keep_newest: null }),
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
