import { expect, test } from 'vitest';
import { alignSequences } from '../../src/domain/align-sequences.js';

/** `=a` of both, `-a` of the first, `+a` of the second, `~a` moved; each letter is a layer. */
const difference = (before: string, after: string): string =>
  alignSequences([...before], [...after])
    .map(({ change, before: was, after: is }) => {
      const sign = { same: '=', removed: '-', added: '+', moved: '~' }[change];
      return `${sign}${is === null ? before[was!] : after[is]}`;
    })
    .join(' ');

test.each([
  ['abc', 'abc', '=a =b =c'],
  ['abc', 'abd', '=a =b -c +d'],
  ['a', 'ab', '=a +b'],
  ['ab', 'a', '=a -b'],
  ['', '', ''],
  ['', 'ab', '+a +b'],
  ['x', 'a', '-x +a'],
  // One in the middle is exchanged: what is above it is still the same.
  ['abcd', 'axcd', '=a -b +x =c =d'],
  // Another base below the same layers.
  ['xyzab', 'pqab', '-x -y -z +p +q =a =b'],
  ['abcd', 'acbd', '=a =c ~b =d'],
  ['aab', 'ab', '=a -a =b'],
  ['abcabba', 'cbabac', '-b =c -a =b ~a =b =a +c'],
])('the layers %s and %s differ as %s', (before, after, shown) => {
  expect(difference(before, after)).toBe(shown);
});

test('every layer of both is told once, in its order, also of images with the most layers that there are', () => {
  const layersOf = (step: number) => Array.from({ length: 127 }, (_, index) => `${(index * step) % 131}`);
  const [before, after] = [layersOf(1), layersOf(7)];
  const aligned = alignSequences(before, after);
  const indexes = (side: 'before' | 'after') =>
    aligned.flatMap((one) => one[side] ?? []).sort((a, b) => a - b);
  expect(indexes('before')).toEqual(before.map((_, index) => index));
  expect(indexes('after')).toEqual(after.map((_, index) => index));
  for (const { change, before: was, after: is } of aligned)
    if (change === 'same' || change === 'moved') expect(before[was!]).toBe(after[is!]);
});
