import { expect, test } from 'vitest';
import { databaseKind, parsePackages } from '../../../src/domain/images/packages.js';

test('the installed packages of a dpkg status file are read, and those that were removed are not', () => {
  const status = [
    'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nDescription: a\n b: c',
    'Package: gone\nStatus: deinstall ok config-files\nVersion: 1',
    'Package: base-files\nVersion: 12.4',
    'nonsense',
    '',
  ].join('\n\n');
  expect(parsePackages('dpkg', status)).toEqual([
    ['libc6', '2.36-9'],
    ['base-files', '12.4'],
  ]);
});

test('the packages of an apk database are read', () => {
  expect(parsePackages('apk', 'C:Q1x=\nP:musl\nV:1.2.5-r0\nF:lib\n\nP:busybox\nV:1.36.1-r2\n\n')).toEqual([
    ['musl', '1.2.5-r0'],
    ['busybox', '1.36.1-r2'],
  ]);
});

test.each([
  ['var/lib/dpkg/status', 'dpkg'],
  ['var/lib/dpkg/status.d/base', 'dpkg'],
  ['var/lib/dpkg/status.d/base.md5sums', null],
  ['var/lib/dpkg/status-old', null],
  ['lib/apk/db/installed', 'apk'],
  ['var/lib/rpm/rpmdb.sqlite', 'rpm'],
  ['home/var/lib/dpkg/status', null],
])('%s is a package database of %s', (path, kind) => {
  expect(databaseKind(path)).toBe(kind);
});
