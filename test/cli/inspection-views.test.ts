import { expect, test } from 'vitest';
import { packageLines } from '../../src/cli/views/package-list.js';
import { scanLines } from '../../src/cli/views/scan-list.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { PACKAGE_MATCH, SCAN } from '../../src/contracts/examples/inspections.js';

const canvas = (color = false) => ({
  columns: Infinity,
  nowMs: Date.parse(SCAN.scanned_at) + 3_600_000,
  style: createStyle(color),
});

test('packages are shown with image, project and tags, and what could not be judged is said', () => {
  const lines = packageLines({ items: [PACKAGE_MATCH], not_compared: ['x 1rc1', 'y 2b'] }, canvas());
  expect(lines).toEqual([
    'PACKAGE  VERSION           TYPE  IMAGE                PROJECT  AGE     TAGS',
    'libssl3  3.0.11-1~deb12u2  deb   sha256:8d3b6f0c52a9  app#3    1h ago  team/app:1.2',
    'Not judged, since the order of their versions is not known: x 1rc1, y 2b.',
  ]);
  const many = Array.from({ length: 7 }, (_, index) => `p ${index}`);
  expect(packageLines({ items: [], not_compared: many }, canvas())).toEqual([
    'No image that Kiln knows the packages of has it.',
    'Not judged, since the order of their versions is not known: p 0, p 1, p 2, p 3, p 4 and 2 more.',
  ]);
});

test('findings are shown with their fixed versions and how old the database was, the bad ones in red', () => {
  const [first] = SCAN.items;
  const scan = {
    ...SCAN,
    failure_reason: 'the database is gone',
    items: [first!, { ...first!, severity: 'low' as const, fixed_version: null }],
    counts: { ...SCAN.counts, low: 1 },
  };
  expect(scanLines(scan, canvas())).toEqual([
    'SEVERITY  VULNERABILITY  PACKAGE  VERSION           FIXED IN          TYPE',
    'high      CVE-2023-5363  libssl3  3.0.11-1~deb12u1  3.0.11-1~deb12u2  deb',
    'low       CVE-2023-5363  libssl3  3.0.11-1~deb12u1  not fixed         deb',
    '',
    '1 high, 1 low',
    'Scanned 1h ago by grype 0.121.3, with a database built 1h ago.',
    'A newer scan could not be made: the database is gone.',
  ]);
  expect(scanLines(scan, canvas(true))[1]).toContain('\u001b[31mhigh');
});

test('a scan that has found nothing says so, with a database of unknown age', () => {
  expect(scanLines({ ...SCAN, items: [], database_built_at: null }, canvas())).toEqual([
    'Nothing was found.',
    'Scanned 1h ago by grype 0.121.3, with a database of unknown age.',
  ]);
});
