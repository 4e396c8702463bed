import { describe, expect, test } from 'vitest';
import { matchesVersion, parsePackageQuery } from '../../../src/domain/packages/package-query.js';
import { compareApk, compareDeb, compareSemver } from '../../../src/domain/packages/version-schemes.js';

const matches = (type: string, version: string, wanted: string) =>
  matchesVersion(type, version, parsePackageQuery(`x@${wanted}`).versions);

test('a package is named by its name, its beginning, and its version after an @', () => {
  expect(parsePackageQuery('openssl')).toEqual({ name: 'openssl', isPrefix: false, versions: [] });
  expect(parsePackageQuery('libssl*@3.0.*')).toEqual({
    name: 'libssl',
    isPrefix: true,
    versions: [{ kind: 'prefix', version: '3.0' }],
  });
  expect(parsePackageQuery('@babel/core@>=7,<7.2')).toEqual({
    name: '@babel/core',
    isPrefix: false,
    versions: [
      { kind: '>=', version: '7' },
      { kind: '<', version: '7.2' },
    ],
  });
});

test.each([
  '*',
  'open ssl',
  'a*b',
  'x@',
  'x@*',
  'x@<',
  'x@1.*.2',
  'x@1,,2',
  'x@^4',
  'x@~1.2',
  'x@latest',
  'x@>=a',
  'x@<r1',
])('%s is refused with a remedy', (text) => {
  expect(() => parsePackageQuery(text)).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      fields: [{ field: 'package', message: expect.stringMatching(/^expected .* such as /) }],
    }),
  );
});

describe('a version', () => {
  test.each([
    ['deb', '3.0.2-0ubuntu1.10', '3.0.2', true],
    ['deb', '1:3.0.2-1', '3.0.2', true],
    ['deb', '1:3.0.2-1', '3.0.2-1', true],
    ['deb', '1:3.0.2-1', '3.0.2-2', false],
    ['deb', '3.0.20-1', '3.0.2', false],
    ['apk', '3.0.2-r3', '3.0.2', true],
    ['apk', '3.0.2-r3', '3.0.2-r4', false],
    ['go-module', 'v1.2.3', '1.2.3', true],
    ['npm', '4.17.15', '4.17.15', true],
  ])('of %s %s is %s: %s', (type, version, wanted, is) => {
    expect(matches(type, version, wanted)).toBe(is);
  });

  test.each([
    ['3.0.2-1', '3.0.*', true],
    ['3.0', '3.0.*', true],
    ['3.01.2', '3.0.*', false],
    ['3.0.11-1~deb12u2', '3.0.1*', false],
    ['3.0.1-1', '3.0.1*', true],
  ])('%s begins with %s: %s', (version, wanted, is) => {
    expect(matches('deb', version, wanted)).toBe(is);
  });

  test.each([
    ['deb', '3.0.11-1~deb12u1', '<3.0.11-1~deb12u2', true],
    ['deb', '3.0.11-1~deb12u2', '<3.0.11-1~deb12u2', false],
    // A bound without a revision says nothing of revisions.
    ['deb', '3.0.7-1', '<=3.0.7', true],
    ['deb', '3.0.2-1', '>=3.0,<3.0.7', true],
    ['apk', '1.36.1-r0', '<1.36.1-r1', true],
    ['apk', '1.2_rc1-r0', '<1.2', true],
    ['npm', '2.0.0-rc.1', '<2.0.0', true],
    ['python', '1.10', '>1.9', true],
    // Nobody but the makers of these knows what comes first.
    ['python', '1.10rc1', '>1.9', null],
    ['rpm', '5.1.8-6.el9', '<6', null],
    // One rule that fails is enough.
    ['python', '1.10rc1', '>1.9,1.0', false],
  ])('of %s %s is in %s: %s', (type, version, wanted, is) => {
    expect(matches(type, version, wanted)).toBe(is);
  });
});

test.each([
  ['1.0~rc1', '1.0'],
  ['1.0', '1.0-1'],
  ['1.0-1', '1.0-1+b1'],
  ['1.0-1', '1.0-10'],
  ['9:1', '10:0'],
  ['1.0a', '1.0+'],
  ['1.2.9', '1.2.10'],
  ['1.0~~', '1.0~'],
])('dpkg has %s before %s', (first, second) => {
  expect(Math.sign(compareDeb(first, second))).toBe(-1);
  expect(Math.sign(compareDeb(second, first))).toBe(1);
});

test('apk and npm order what goes before a release, and after it', () => {
  const apk = ['1.0_alpha1', '1.0_rc2', '1.0', '1.0-r1', '1.0_p1', '1.0a', '1.0.1'];
  for (const [index, version] of apk.slice(1).entries())
    expect([version, Math.sign(compareApk(apk[index]!, version) ?? 0)]).toEqual([version, -1]);
  const npm = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-rc.2',
    '1.0.0-rc.11',
    '1.0.0',
    '1.0.1',
  ];
  for (const [index, version] of npm.slice(1).entries())
    expect([version, Math.sign(compareSemver(npm[index]!, version) ?? 0)]).toEqual([version, -1]);
});
