import fc from 'fast-check';
import {
  globFits,
  MAX_LIST_LENGTH,
  MAX_PATTERN_LENGTH,
  patternsTake,
  patternTrouble,
} from '../../../src/domain/webhooks/patterns.js';

describe('a glob', () => {
  it.each([
    ['main', 'main', true],
    ['main', 'maintenance', false],
    ['main', 'Main', false],
    ['release/*', 'release/1.0', true],
    ['release/*', 'release/1.0/rc', false],
    ['release/*', 'release/', true],
    ['release/**', 'release/1.0/rc', true],
    ['*', 'feature/x', false],
    ['**', 'feature/x', true],
    ['v?.*', 'v1.2', true],
    ['v?.*', 'v12.2', false],
    ['a?b', 'a/b', false],
    ['**/Dockerfile', 'Dockerfile', true],
    ['**/Dockerfile', 'app/web/Dockerfile', true],
    ['**/Dockerfile', 'app/MyDockerfile', false],
    ['src/**/*.ts', 'src/a.ts', true],
    ['src/**/*.ts', 'src/a/b/c.ts', true],
    ['src/**/*.ts', 'src/a/b/c.tsx', false],
    ['src/**/*.ts', 'other/src/a.ts', false],
    ['a/**/b/**/c', 'a/b/c', true],
    ['a/**/b/**/c', 'a/x/b/y/z/c', true],
    ['a/**/b/**/c', 'a/x/y/c', false],
    ['docs/**', 'docs', false],
    ['a**b', 'a/x/b', true],
    ['*.md', 'README.md', true],
    ['*.md', 'docs/README.md', false],
    ['a.c', 'abc', false],
    ['é*', 'édition', true],
    ['?', '😀', true],
    ['', '', true],
  ])('%j fits %j: %s', (glob, text, fits) => {
    expect(globFits(glob, text)).toBe(fits);
  });

  it('fits as a regular expression says', () => {
    const piece = fc.constantFrom('a', 'b', '/', '*', '**', '?', '**/');
    const glob = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 10 }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(glob, text, (one, other) => {
        expect(globFits(one, other)).toBe(expression(one).test(other));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a list of patterns', () => {
  it.each<[string[], string, boolean]>([
    [[], 'anything', true],
    [['main', 'release/*'], 'release/2', true],
    [['main', 'release/*'], 'feature/x', false],
    [['**', '!dependabot/**'], 'dependabot/npm/x', false],
    [['**', '!dependabot/**'], 'main', true],
    [['!docs/**', 'docs/api/**'], 'docs/api/x.md', true],
    [['!docs/**'], 'docs/x.md', false],
    [['!docs/**'], 'src/x.ts', true],
    [['release/*', '!release/old', 'release/old'], 'release/old', true],
  ])('%j takes %j in: %s', (patterns, name, takes) => {
    expect(patternsTake(patterns, name)).toBe(takes);
  });

  it('has bounded time in the worst case', () => {
    const pattern = `${'*a'.repeat(MAX_PATTERN_LENGTH / 2 - 1)}*b`;
    const patterns = Array.from({ length: MAX_LIST_LENGTH / MAX_PATTERN_LENGTH }, () => pattern);
    const from = process.cpuUsage();
    expect(patternsTake(patterns, 'a'.repeat(20_000))).toBe(false);
    expect(process.cpuUsage(from).user / 1000).toBeLessThan(2000);
  });
});

describe('what is wrong with a pattern', () => {
  it.each([
    ['main', null],
    ['!release/**', null],
    ['', /needs text/],
    ['!', /needs text/],
    ['x'.repeat(201), /200 characters/],
    ['{a,b}', /"{" has no meaning/],
    ['src/[id].ts', /"\[" has no meaning/],
    ['a\\b', /no meaning/],
    ['refs/heads/main', /Leave "refs\/heads\/" out/],
    ['/src', /beginning/],
    ['src/', /Write src\/\*\*/],
    ['a\nb', /control character/],
  ])('of %j is said', (pattern, message) => {
    if (message === null) expect(patternTrouble(pattern)).toBeNull();
    else expect(patternTrouble(pattern)).toMatch(message);
  });
});

function expression(glob: string): RegExp {
  const parts = [...glob.matchAll(/(?<=^|\/)\*\*\/|\*{2,}|\*|\?|[^]/g)].map(([text]) => {
    if (text === '**/') return '(?:[^]*/)?';
    if (text === '*') return '[^/]*';
    if (text === '?') return '[^/]';
    return text.startsWith('**') ? '[^]*' : text;
  });
  return new RegExp(`^${parts.join('')}$`);
}
