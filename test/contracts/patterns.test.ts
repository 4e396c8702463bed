import { Patterns } from '../../src/contracts/patterns.js';

describe('a list of patterns in a request', () => {
  it('is taken', () => {
    expect(Patterns.parse(['main', 'release/*', '!release/old'])).toEqual([
      'main',
      'release/*',
      '!release/old',
    ]);
  });

  it.each<[string, string[], RegExp]>([
    ['a pattern that cannot be used', ['{a,b}'], /no meaning/],
    ['too many patterns', Array.from({ length: 51 }, () => 'x'), /At most 50/],
    ['too much text', Array.from({ length: 11 }, () => 'x'.repeat(200)), /2000 characters/],
  ])('is refused with %s', (_, patterns, message) => {
    expect(Patterns.safeParse(patterns).error?.issues[0]?.message).toMatch(message);
  });
});
