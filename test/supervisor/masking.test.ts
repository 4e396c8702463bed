import fc from 'fast-check';
import { maskText, secretPatterns, StreamMasker } from '../../src/supervisor/masking.js';

const patternsOf = (...secrets: string[]) => secretPatterns(secrets.map((secret) => Buffer.from(secret)));

function maskInParts(text: string, patterns: Buffer[], sizes: readonly number[]): string {
  const masker = new StreamMasker(patterns);
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    out.push(masker.push(bytes.subarray(at, at + size)));
    at = Math.min(bytes.length, at + size);
  }
  return Buffer.concat([...out, masker.end()]).toString();
}

describe('masking', () => {
  it.each([
    ['as it is', 'x hunter2-and-more y'],
    ['in base64', `x ${Buffer.from('hunter2-and-more').toString('base64')} y`],
    ['in base64url', `x ${Buffer.from('hunter2-and-more').toString('base64url')} y`],
  ])('hides a secret %s', (_, text) => {
    expect(maskText(text, patternsOf('hunter2-and-more\n'))).toBe('x *** y');
  });

  it('hides a secret that is URL-encoded', () => {
    expect(maskText('url=a%2Fb%3Dc%26d!', patternsOf('a/b=c&d'))).toBe('url=***!');
  });

  it('hides the secret inside a longer base64 text', () => {
    const header = Buffer.from('user:hunter2-and-more').toString('base64');
    const masked = maskText(`Authorization: Basic ${header}`, patternsOf('hunter2-and-more'));
    expect(Buffer.from(masked.split(' ')[2] ?? '', 'base64').toString()).not.toContain('hunter2');
    expect(masked).toContain('***');
  });

  it('hides each long line of a secret of several lines', () => {
    const patterns = patternsOf('-----BEGIN KEY-----\nMIIEvAIBADANBg\n-----END KEY-----\n');
    expect(maskText('#5 MIIEvAIBADANBg\n', patterns)).toBe('#5 ***\n');
  });

  it('leaves nothing of two secrets that overlap', () => {
    expect(maskText('<abcdef>', patternsOf('abcd', 'cdef'))).toBe('<***>');
  });

  it('hides a secret that an excerpt cuts off at its beginning or its end', () => {
    expect(maskText('and-more ... hunter2-an', patternsOf('hunter2-and-more'))).toBe('*** ... ***');
  });

  it('holds nothing back that cannot begin a secret', () => {
    const masker = new StreamMasker(patternsOf('secret'));
    expect(masker.push(Buffer.from('plain text, sec')).toString()).toBe('plain text, ');
  });

  it('gives the same bytes however the stream is split', () => {
    const alphabet = fc.constantFrom('a', 'b', 'c', '\n');
    const text = fc.string({ unit: alphabet, maxLength: 60 });
    const secret = fc.string({ unit: alphabet, minLength: 1, maxLength: 5 });
    const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(secret, { maxLength: 3 }), sizes, (content, secrets, split) => {
        const patterns = secrets.map((value) => Buffer.from(value));
        const whole = maskInParts(content, patterns, []);
        expect(maskInParts(content, patterns, split)).toBe(whole);
        for (const value of secrets) expect(whole.replaceAll('***', '\0')).not.toContain(value);
      }),
      { numRuns: 500 },
    );
  });
});
