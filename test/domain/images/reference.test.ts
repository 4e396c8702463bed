import fc from 'fast-check';
import {
  parseReference,
  parseRepository,
  printReference,
  printRepository,
} from '../../../src/domain/images/reference.js';

const lower = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const word = fc.string({ unit: fc.constantFrom(...lower), minLength: 1, maxLength: 8 });
const component = fc
  .array(fc.tuple(word, fc.constantFrom('.', '_', '__', '-', '--', '---')), { minLength: 1, maxLength: 3 })
  .map((parts) =>
    parts.map(([text, separator], i) => (i === parts.length - 1 ? text : text + separator)).join(''),
  );
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const domain = fc
  .tuple(
    fc.oneof(
      fc.array(word, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('.')),
      fc.constantFrom('localhost', '127.0.0.1', '[::1]', 'Registry'),
    ),
    fc.option(fc.integer({ min: 1, max: 65535 })),
  )
  .map(([host, port]) => (port === null ? host : `${host}:${port}`));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
/** Without a host, a first component with a dot would be read as one. */
const looksLikeHost = (name: string): boolean => /^(?:[^/]*\.[^/]*|localhost)\//.test(name);
const reference = fc
  .tuple(fc.option(domain), path, fc.option(tag), fc.option(digest))
  .filter(([host, name]) => host !== null || !looksLikeHost(name));

describe('image references', () => {
  test('survive printing and parsing', () => {
    fc.assert(
      fc.property(reference, ([host, name, label, hash]) => {
        const text = `${host === null ? '' : `${host}/`}${name}${label === null ? '' : `:${label}`}${hash === null ? '' : `@${hash}`}`;
        const parsed = parseReference(text);
        expect(printReference(parsed)).toBe(text);
        expect(parseReference(printReference(parsed))).toEqual(parsed);
        expect(parsed).toMatchObject({ domain: host, path: name, tag: label, digest: hash });
      }),
    );
  });

  test('are read or refused, never half read', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        let printed = text;
        try {
          printed = printReference(parseReference(text));
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_request' });
        }
        expect(printed).toBe(text);
      }),
    );
  });

  test.each([
    ['alpine', null, 'alpine', null],
    ['alpine:3.20', null, 'alpine', '3.20'],
    ['library/alpine', null, 'library/alpine', null],
    ['localhost/app', 'localhost', 'app', null],
    ['localhost:5000/app', 'localhost:5000', 'app', null],
    ['r.test/a/b__c/d-e:v1', 'r.test', 'a/b__c/d-e', 'v1'],
    ['[2001:db8::1]:5000/app:x', '[2001:db8::1]:5000', 'app', 'x'],
  ])('reads %s', (text, host, name, label) => {
    expect(parseReference(text)).toMatchObject({ domain: host, path: name, tag: label });
  });

  test.each([
    '',
    ':tag',
    '-app',
    'App',
    'a//b',
    'a/',
    '/a',
    'a..b',
    'a___b',
    'r.test/a:',
    'r.test/a:-x',
    'r.test/a:x y',
    'a@sha256:abc',
    `a@sha256:${'A'.repeat(64)}`,
    'r.test/a,push=false',
    'r.test/a"b',
    'r.test/a\nb',
    '--output=x',
    'http://r.test/a',
    '-r.test/a',
    'a'.repeat(256),
    'a'.repeat(64),
    'ünïcode/a',
  ])('refuses %j', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  test('as repositories have a host and neither tag nor digest', () => {
    expect(printRepository(parseRepository('r.test:5000/team/app'))).toBe('r.test:5000/team/app');
    expect(() => parseRepository('team/app')).toThrow(/names no registry/);
    expect(() => parseRepository('r.test/team/app:1')).toThrow(/neither tag nor digest/);
  });
});
