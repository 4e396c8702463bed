import fc from 'fast-check';
import { missingRepository } from '../../src/adapters/registry/trouble.js';
import { maskMessage, maskText, StreamMasker } from '../../src/supervisor/masking.js';
import { Masks } from '../../src/supervisor/masks.js';

const masksOf = (...secrets: string[]) => new Masks(secrets.map((secret) => Buffer.from(secret)));

function maskInParts(text: string, masks: Masks, sizes: readonly number[]): string {
  const masker = new StreamMasker(masks);
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
    ['in hex', `x ${Buffer.from('hunter2-and-more').toString('hex')} y`],
    ['in upper-case hex', `x ${Buffer.from('hunter2-and-more').toString('hex').toUpperCase()} y`],
  ])('hides a secret %s', (_, text) => {
    expect(maskText(text, masksOf('hunter2-and-more\n'))).toBe('x *** y');
  });

  it('hides a secret that is URL-encoded', () => {
    expect(maskText('url=a%2Fb%3Dc%26d!', masksOf('a/b=c&d'))).toBe('url=***!');
  });

  it.each([
    ['with lower-case codes', 'a/b c', 'a%2fb%20c'],
    ['as a form', 'a/b c', 'a%2Fb+c'],
    ['strictly', "it's(it)", 'it%27s%28it%29'],
  ])('hides a secret that is URL-encoded %s', (_, secret, text) => {
    expect(maskText(`<${text}>`, masksOf(secret))).toBe('<***>');
  });

  it('hides a secret as a shell prints it when it traces commands', () => {
    expect(maskText("+ echo 'it'\\''s me'", masksOf("it's me"))).toBe("+ echo '***'");
  });

  it('hides a secret as ash and dash print it when they trace commands', () => {
    expect(maskText(`+ A='it'"'"'s me'`, masksOf("it's me"))).toBe("+ A='***'");
  });

  it.each([
    ['xxd -p', (hex: string) => hex.match(/.{1,60}/g)!.join('\n')],
    [
      'od -An -tx1',
      (hex: string) =>
        hex
          .replace(/../g, ' $&')
          .match(/.{1,48}/g)!
          .join('\n'),
    ],
  ])('hides every line of hex that %s prints, however short the last', (_, print) => {
    for (let length = 16; length < 100; length += 1) {
      const secret = Array.from({ length: 16 }, (_element, index) => `part-${index * 7919}`)
        .join('')
        .slice(0, length);
      const masked = maskText(print(Buffer.from(secret).toString('hex')), masksOf(secret));
      expect([length, masked.replaceAll('*', '').trim()]).toEqual([length, '']);
    }
  });

  it.each([
    ['JSON of PHP', 'a\\/b&c<d>\\"e'],
    ['JSON of Go', 'a/b\\u0026c\\u003cd\\u003e\\"e'],
    ['HTML', 'a/b&amp;c&lt;d&gt;&quot;e'],
    ['HTML of Go', 'a/b&amp;c&lt;d&gt;&#34;e'],
  ])('hides a secret in %s', (_, printed) => {
    expect(maskText(`<${printed}>`, masksOf('a/b&c<d>"e'))).toBe('<***>');
  });

  it('leaves ordinary numbers in hex alone, whatever the end of a secret is', () => {
    const text = 'see 31 32 33 and 313233 there';
    expect(maskText(text, masksOf(`${'x'.repeat(30)}123`))).toBe(text);
  });

  it.each([76, 64])('hides every line of base64 that is wrapped at %d columns', (columns) => {
    const secret = Array.from({ length: 40 }, (_, index) => `line-${index * 7919}`).join('');
    const wrapped = Buffer.from(secret)
      .toString('base64')
      .match(new RegExp(`.{1,${columns}}`, 'g'))!;
    const masked = maskText(`${wrapped.join('\n')}\n`, masksOf(secret));
    expect(masked.replaceAll('*', '').trim()).toBe('');
  });

  it('hides a value from the moment it is added, also where a stream has begun', () => {
    const masks = new Masks([Buffer.from('the-first')]);
    const masker = new StreamMasker(masks);
    expect(masker.push(Buffer.from('the-second ')).toString()).toBe('the-second ');
    masks.add([Buffer.from('the-second')]);
    expect(masker.push(Buffer.from('the-second the-first\n')).toString()).toBe('*** ***\n');
  });

  it('hides the secret inside a longer base64 text', () => {
    const header = Buffer.from('user:hunter2-and-more').toString('base64');
    const masked = maskText(`Authorization: Basic ${header}`, masksOf('hunter2-and-more'));
    expect(Buffer.from(masked.split(' ')[2] ?? '', 'base64').toString()).not.toContain('hunter2');
    expect(masked).toContain('***');
  });

  it('hides each long line of a secret of several lines', () => {
    const masks = masksOf('-----BEGIN KEY-----\nMIIEvAIBADANBg\n-----END KEY-----\n');
    expect(maskText('#5 MIIEvAIBADANBg\n', masks)).toBe('#5 ***\n');
  });

  it('hides a phrase that is broken at the width of a line, at whichever of its blanks', () => {
    const masks = masksOf('correct horse  battery staple\n');
    for (const broken of [
      'correct\nhorse  battery staple',
      'correct horse\nbattery staple',
      'correct horse  battery\nstaple',
    ]) {
      expect(maskText(`The value is ${broken}.`, masks)).toBe('The value is ***.');
      expect(maskInParts(`The value is ${broken}.`, masks, [16, 5, 3])).toBe('The value is ***.');
    }
    expect(maskText('correct\nhorse!', masks)).toBe('correct\nhorse!');
    expect(maskText('one hunter22\ntwo', masksOf('hunter22 '))).toBe('one hunter22\ntwo');
  });

  it('leaves nothing of two secrets that overlap', () => {
    expect(maskText('<abcdef>', masksOf('abcd', 'cdef'))).toBe('<***>');
  });

  it('hides a secret that an excerpt cuts off at its beginning or its end', () => {
    expect(maskText('and-more ... hunter2-an', masksOf('hunter2-and-more'))).toBe('*** ... ***');
  });

  it('holds nothing back that cannot begin a secret', () => {
    const masker = new StreamMasker(masksOf('secret'));
    expect(masker.push(Buffer.from('plain text, sec')).toString()).toBe('plain text, ');
  });

  it('gives the same bytes however the stream is split', () => {
    const alphabet = fc.constantFrom('a', 'b', 'c', '\n');
    const text = fc.string({ unit: alphabet, maxLength: 60 });
    const secret = fc.string({ unit: alphabet, minLength: 1, maxLength: 5 });
    const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(secret, { maxLength: 3 }), sizes, (content, secrets, split) => {
        const masks = new Masks();
        for (const value of secrets) masks.addPattern(Buffer.from(value));
        const whole = maskInParts(content, masks, []);
        expect(maskInParts(content, masks, split)).toBe(whole);
        for (const value of secrets) expect(whole.replaceAll('***', '\0')).not.toContain(value);
      }),
      { numRuns: 500 },
    );
  });
});

it('hides the beginning of a secret where a registry said more than is told', () => {
  const secret = 'Q7Z-0123456789-Q7Z';
  for (let before = 270; before < 310; before++) {
    const body = JSON.stringify({ errors: [{ message: `${'x'.repeat(before)}${secret}${'y'.repeat(50)}` }] });
    const { message } = missingRepository('r.test', 'app', body);
    expect(maskMessage(message, masksOf(secret))).not.toContain('Q7Z-');
  }
});
