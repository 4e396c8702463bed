import { expect, test } from 'vitest';
import { comparePackages, type KnownPackages } from '../../../src/domain/images/compare-packages.js';

const list = (foundBy: KnownPackages['foundBy'], ...packages: string[]): KnownPackages => ({
  foundBy,
  packages: packages.map((text) => {
    const [type = '', name = '', version = ''] = text.split(' ');
    return { type, name, version };
  }),
});

test('packages differ by name and version, those of a language by their kind too', () => {
  const before = list('sbom', 'deb b 1', 'deb a 1', 'deb c 1', 'deb c 2', 'npm six 1', 'python six 1');
  const after = list('sbom', 'deb d 1', 'deb b 2', 'deb c 2', 'deb c 1', 'npm six 1', 'python six 2');
  expect(comparePackages(before, after)).toEqual([
    { name: 'a', before: '1', after: null },
    { name: 'b', before: '1', after: '2' },
    { name: 'd', before: null, after: '1' },
    { name: 'six (python)', before: '1', after: '2' },
  ]);
});

test('what only a bill of materials finds is no difference to an image that has none', () => {
  const before = list('layers', 'deb a 1');
  const after = list('sbom', 'deb a 2', 'npm lodash 4.17.15');
  expect(comparePackages(before, after)).toEqual([{ name: 'a', before: '1', after: '2' }]);
});
