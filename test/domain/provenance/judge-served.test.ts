import { expect, test } from 'vitest';
import { image, judge } from './a-judged-image.js';

test('an image whose manifest or layers are gone or changed in the registry does not hold', () => {
  const [digest] = judge({ servedTrouble: 'it does not hold sha256:1' });
  expect(digest).toMatchObject({ name: 'digest', state: 'fails' });
  expect(digest?.text).toContain('it does not hold sha256:1');
});

test('of a tag that Kiln has not put there it is said so', () => {
  const checks = judge({ recordedDigest: null });
  expect(checks.find(({ name }) => name === 'tag')).toMatchObject({
    state: 'absent',
    text: `Kiln has not put ${image.reference} there: what it points at is for others to say`,
  });
  expect(judge({}).some(({ name }) => name === 'tag')).toBe(false);
});
