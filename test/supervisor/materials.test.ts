import { expect, test } from 'vitest';
import { Masks } from '../../src/supervisor/masks.js';
import { materialsOf } from '../../src/supervisor/materials.js';

const GIVEN = [{ reference: 'reg/base:1', digest: null }];
const RESOLVED = [{ reference: 'reg/other:1', digest: null }];

test('what the builder has resolved comes before what it was given', () => {
  const masks = new Masks();
  expect(materialsOf({ images: GIVEN }, {}, [], masks)?.images).toEqual(GIVEN);
  expect(materialsOf({ images: GIVEN }, { images: RESOLVED }, [], masks)?.images).toEqual(RESOLVED);
  expect(materialsOf({}, {}, [], masks)).toBeUndefined();
});

test('no secret is in a name or an address', () => {
  const masks = new Masks([Buffer.from('hidden-4711')]);
  const files = [{ uri: 'https://example.com/?token=hidden-4711', sha256: null, commit: null }];
  const told = materialsOf({ images: [{ reference: 'reg/hidden-4711:1', digest: null }] }, {}, files, masks);
  expect(JSON.stringify(told)).not.toContain('hidden-4711');
});
