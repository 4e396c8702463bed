import { expect, test } from 'vitest';
import { planCollection } from '../../../src/embedded/registry-storage/plan-collection.js';
import type { StoredRepository } from '../../../src/embedded/registry-storage/read-repositories.js';

const BUILD = '0198f4a2-2222-7000-8000-000000000001';
const repository = (
  name: string,
  manifests: string[],
  tags: Record<string, string> = {},
): StoredRepository => ({ name, manifests, tags: new Map(Object.entries(tags)) });

/** Names of the manifests that go, and of the blobs; a manifest names the blobs after its colon, `subject` after an arrow. */
function plan(repositories: StoredRepository[], manifests: Record<string, string[]>, subjects = {}) {
  const read = new Map(
    Object.entries(manifests).map(([digest, parts]) => [
      digest,
      { parts, subject: (subjects as Record<string, string>)[digest] ?? null },
    ]),
  );
  const blobs = [...new Set(Object.entries(manifests).flat(2)), 'stray'].map((digest) => ({
    digest,
    sizeBytes: 1,
  }));
  const found = planCollection(repositories, blobs, read);
  return [found.staged.map(({ digest }) => digest).sort(), found.blobs.map(({ digest }) => digest).sort()];
}

test('of staging what no tag names goes, with what nothing else needs of it', () => {
  const staging = repository('app-staging', ['old', 'kept'], { [`${BUILD}-1`]: 'kept' });
  const published = repository('app', ['published']);
  const manifests = { old: ['base', 'own'], kept: ['base', 'staged'], published: ['base', 'layer'] };
  expect(plan([staging, published], manifests)).toEqual([['old'], ['old', 'own', 'stray']]);
});

test('what is published stays, with a tag or without, and what a removed image had alone goes', () => {
  const manifests = { untagged: ['a'], index: ['part'], part: ['b'] };
  const published = repository('app', ['untagged', 'index', 'part'], { latest: 'index' });
  expect(plan([published], { ...manifests, removed: ['c'] })).toEqual([[], ['c', 'removed', 'stray']]);
});

test('the parts of a tagged index, and what speaks of it, stay in staging', () => {
  const staging = repository('app-staging', ['index', 'part', 'signature', 'other'], {
    [`${BUILD}-1`]: 'index',
  });
  const manifests = { index: ['part'], part: ['a'], signature: ['s'], other: ['o'] };
  expect(plan([staging], manifests, { signature: 'part', other: 'gone' })).toEqual([
    ['other'],
    ['o', 'other', 'stray'],
  ]);
});

test('a project whose name ends like that of staging keeps its images', () => {
  const own = repository('app-staging', ['first', 'second'], { latest: 'second', [`${BUILD}-1`]: 'second' });
  expect(plan([own], { first: ['a'], second: ['b'] })).toEqual([[], ['stray']]);
});
