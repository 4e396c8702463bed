import { expect, test } from 'vitest';
import { ImageContentsMaker, type StackedLayer } from '../../../src/domain/images/image-contents.js';

const DPKG = 'var/lib/dpkg/status';
const RPM = 'var/lib/rpm/rpmdb.sqlite';

function aLayer(...paths: readonly string[]): StackedLayer {
  return {
    entries: paths.map((path) => ({ path, kind: 'file', sizeBytes: 1, mode: 0o644, content: path })),
    packageDatabases: paths.includes(DPKG) ? [{ path: DPKG, packages: [['bash', '5.2']] }] : [],
    unpackedSizeBytes: 1,
    note: null,
  };
}

test.each([
  ['nothing', [], null, null],
  ['a database of rpm', [RPM], null, 'Packages of rpm are named by its bill of materials only.'],
  ['one of dpkg', [DPKG], ['bash'], null],
  ['both', [DPKG, RPM], ['bash'], 'Packages of rpm are named by its bill of materials only.'],
])('an image with %s says what it knows of its packages, and what not', (_what, paths, names, note) => {
  const maker = new ImageContentsMaker();
  maker.take(aLayer(...paths));
  const contents = maker.finish();
  expect(contents.packages?.map(({ name }) => name) ?? null).toEqual(names);
  expect(contents.note).toBe(note);
});
