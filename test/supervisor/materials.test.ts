import { expect, test } from 'vitest';
import { pinnedNames } from '../../src/domain/images/used-images.js';
import { Masks } from '../../src/supervisor/masks.js';
import { materialsOf } from '../../src/supervisor/materials.js';

const NONE = { files: [], pinned: [] };
const GIVEN = [{ reference: 'reg/base:1', digest: null }];
const RESOLVED = [{ reference: 'reg/other:1', digest: null }];

test('what the builder has resolved comes before what it was given', () => {
  const masks = new Masks();
  expect(materialsOf({ images: GIVEN }, {}, NONE, masks)?.images).toEqual(GIVEN);
  expect(materialsOf({ images: GIVEN }, { images: RESOLVED }, NONE, masks)?.images).toEqual(RESOLVED);
  expect(materialsOf({}, {}, NONE, masks)).toBeUndefined();
});

test('no secret is in an address, whose scheme and server stay', () => {
  const masks = new Masks([Buffer.from('hidden-4711'), Buffer.from('example')]);
  const files = [{ uri: 'https://example.com/hidden-4711/a', sha256: null, commit: null }];
  expect(materialsOf({ images: [] }, {}, { files, pinned: [] }, masks)?.files[0]?.uri).toBe(
    'https://example.com/***/a',
  );
});

test('the name of an image stays that of an image, also where a secret argument has the same value', () => {
  const images = [{ reference: '127.0.0.1:5000/postgres:1', digest: `sha256:${'a'.repeat(64)}` }];
  const masks = new Masks([Buffer.from('postgres')]);
  expect(materialsOf({}, { images }, NONE, masks)?.images).toEqual(images);
});

test('an image that the source names by digest is marked: its tag may move without it', () => {
  const images = [...RESOLVED, { reference: 'r.test/fixed:1', digest: `sha256:${'a'.repeat(64)}` }];
  const pinned = pinnedNames(['r.test/other:1', `r.test/fixed:1@sha256:${'a'.repeat(64)}`]);
  const made = materialsOf({}, { images }, { files: [], pinned }, new Masks());
  expect(made?.images.map(({ isPinned }) => isPinned)).toEqual([undefined, true]);
});
