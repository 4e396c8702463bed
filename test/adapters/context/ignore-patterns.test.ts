import { readFileSync } from 'node:fs';
import { IgnorePatterns } from '../../../src/adapters/context/ignore-patterns.js';

/** What moby/patternmatcher v0.6.1 says of these patterns and paths (recorded). */
const verdicts = JSON.parse(readFileSync(new URL('moby-verdicts.json', import.meta.url), 'utf8')) as {
  readonly paths: readonly string[];
  readonly cases: readonly {
    readonly ignore: string;
    readonly refused: boolean;
    readonly excluded: readonly string[];
  }[];
};

describe('the rules of .dockerignore', () => {
  test.each(verdicts.cases.filter(({ refused }) => !refused))(
    'leave out what Docker leaves out for $ignore',
    ({ ignore, excluded }) => {
      const patterns = IgnorePatterns.parse(ignore);
      expect(verdicts.paths.filter((path) => patterns.excludes(path))).toEqual(excluded);
    },
  );

  test.each(verdicts.cases.filter(({ refused }) => refused))(
    'refuse $ignore as Docker does',
    ({ ignore }) => {
      expect(() => IgnorePatterns.parse(ignore)).toThrow(
        expect.objectContaining({ code: 'context_invalid' }),
      );
    },
  );

  test('say which excluded folders have to be looked into', () => {
    const patterns = IgnorePatterns.parse('*\n!src/keep/*.ts\n');
    expect(patterns.mayTakeBackBelow('src')).toBe(true);
    expect(patterns.mayTakeBackBelow('src/keep')).toBe(true);
    expect(patterns.mayTakeBackBelow('src/other')).toBe(false);
    expect(patterns.mayTakeBackBelow('node_modules')).toBe(false);
    expect(IgnorePatterns.parse('*\n!**/*.ts').mayTakeBackBelow('node_modules')).toBe(true);
  });
});
