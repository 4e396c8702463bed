import fc from 'fast-check';

const codePoint = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc.integer({ min: 0, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);

/**
 * Text of any code points (no surrogate stands alone), a third of them ASCII. It takes the place of `fc.string({ unit: 'binary' })`,
 * which lists all million characters before its first text.
 */
export const anyText = fc.string({
  unit: codePoint.map(
    (number) => String.fromCodePoint(number),
    (character) => {
      const [only, ...more] = typeof character === 'string' ? character : '';
      if (only === undefined || more.length > 0) throw new Error('not one character');
      return only.codePointAt(0) ?? 0;
    },
  ),
});
