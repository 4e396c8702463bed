import { holesOf, TOOL_HOLES } from '../../../src/domain/dispatch/tool-holes.js';

const idsOf = (versions: Record<string, string>, accepted?: string[]) =>
  holesOf(versions, accepted).map(({ id }) => id);

test.each([
  ['1.1.11', ['CVE-2024-21626', 'CVE-2025-31133']],
  ['1.1.12', ['CVE-2025-31133']],
  ['1.2.7', ['CVE-2025-31133']],
  ['1.2.8', []],
  ['1.3.2', ['CVE-2025-31133']],
  ['1.3.3', []],
  ['1.3.10', []],
  ['1.3.0-rc.1', ['CVE-2025-31133']],
  ['1.4.0-rc.1', ['CVE-2025-31133']],
  ['1.4.0', []],
  ['1.5.0-rc.1', []],
  ['1.5.1', []],
  ['2.0.0', []],
])('of runc %s the holes are known: %j', (version, ids) => expect(idsOf({ runc: version })).toEqual(ids));

test('the number of a distribution, and of what no table names, tells nothing', () => {
  expect(idsOf({ runc: '1.1.5+ds1', git: '1.0.0', buildctl: '0.29.0' })).toEqual([]);
});

test('a hole that the operator takes for mended is left out, others are not', () => {
  expect(idsOf({ runc: '1.1.5' }, ['CVE-2024-21626'])).toEqual(['CVE-2025-31133']);
});

test('every hole says where it is written', () => {
  for (const { source, mendedIn } of TOOL_HOLES) {
    expect(source).toMatch(/^https:\/\//);
    expect(mendedIn.length).toBeGreaterThan(0);
  }
});
