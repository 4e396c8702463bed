import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pack } from 'tar-stream';
import { READ_LIMITS, readReports } from '../../../src/adapters/test-reports/read-reports.js';
import { testTitle } from '../../../src/domain/tests/test-words.js';
import type { ReadReports } from '../../../src/ports/test-reports.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-reports-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FILE = { name: 'test-report', mediaType: 'application/octet-stream' } as const;
const FOLDER = { name: 'test-report', mediaType: 'application/x-tar' } as const;
const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.xml`, import.meta.url));

async function readText(text: string | Buffer, limits?: Partial<typeof READ_LIMITS>): Promise<ReadReports> {
  const file = join(folder, 'report.xml');
  writeFileSync(file, text);
  return readReports(FILE, file, { ...READ_LIMITS, ...limits });
}

async function readFolder(files: Readonly<Record<string, string>>): Promise<ReadReports> {
  const tar = pack();
  const file = join(folder, 'report.tar');
  const written = pipeline(tar, createWriteStream(file));
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text);
  tar.finalize();
  await written;
  return readReports(FOLDER, file);
}

/** Status, title and the first line of the message of each case. */
const told = ({ report }: ReadReports): unknown[] =>
  (report?.cases ?? []).map((one) => [one.status, testTitle(one), one.message?.split('\n')[0] ?? null]);

test.each([
  [
    'pytest',
    { passed: 4, failed: 2, skipped: 1, suites: 1, durationMs: 1 },
    [
      ['failed', 'test_cart › test_total', 'AssertionError: total <is> wrong & odd'],
      ['failed', 'test_cart › test_error', 'failed on setup with "RuntimeError: fixture #x1B[31mred#x1B[0m"'],
      ['skipped', 'test_cart › test_remote', 'no network here'],
    ],
  ],
  [
    'jest-junit',
    { passed: 2, failed: 1, skipped: 1, suites: 1 },
    [
      ['failed', 'cart total fails', expect.stringContaining('expect(received).toBe(expected)')],
      ['skipped', 'cart later', null],
    ],
  ],
  [
    'go-junit-report',
    { passed: 1, failed: 2, skipped: 1, suites: 1, durationMs: 0 },
    [
      ['failed', 'example.test/cart › TestTotal', 'Failed'],
      ['failed', 'example.test/cart › TestTotal/deep', 'Failed'],
      ['skipped', 'example.test/cart › TestLater', 'Skipped'],
    ],
  ],
  [
    'surefire',
    { passed: 2, failed: 2, skipped: 1, suites: 1 },
    [
      ['failed', 'example.CartTest › broken', 'no cart'],
      ['failed', 'example.CartTest › total', 'total is wrong ==> expected: <42> but was: <41>'],
      ['skipped', 'example.CartTest › later', 'no network here'],
    ],
  ],
  [
    'phpunit',
    { passed: 1, failed: 1, skipped: 1, suites: 4, durationMs: 7 },
    [
      ['failed', 'CartTest › testEach with data set #0', 'CartTest::testEach with data set #0 (1)'],
      ['skipped', 'CartTest › testLater', null],
    ],
  ],
])('reads what %s writes', async (name, totals, unusual) => {
  const read = await readReports(FILE, fixture(name));
  expect(read.troubles).toEqual([]);
  expect(read.report).toMatchObject(totals);
  expect(told(read).slice(0, unusual.length)).toEqual(unusual);
  expect(read.report!.cases).toHaveLength(totals.passed + totals.failed + totals.skipped);
});

test('counts the tries that failed before a test passed, or failed for good', async () => {
  const { report } = await readReports(FILE, fixture('surefire'));
  const tries = report!.cases.map(({ name, status, failedTries }) => [name, status, failedTries]);
  expect(tries).toContainEqual(['flaky', 'passed', 1]);
  expect(tries).toContainEqual(['broken', 'failed', 2]);
});

test('of a folder each report counts, and what is no report is passed over', async () => {
  const read = await readFolder({
    'unit/a.xml': '<testsuite name="a"><testcase name="one" time="0.5"/></testsuite>',
    'b.XML':
      '<testsuites><testsuite name="b"><testcase name="two" time="1,000.25"/></testsuite></testsuites>',
    'coverage.xml': '<coverage><testcase name="no"/></coverage>',
    'notes.txt': '<testsuite><testcase name="no"/></testsuite>',
  });
  expect(read.troubles).toEqual([]);
  expect(read.report).toMatchObject({ passed: 2, failed: 0, suites: 2, durationMs: 1_000_750 });
});

test.each([
  ['holds none', { 'coverage.xml': '<coverage/>' }],
  ['is empty', {}],
])('a folder that %s is told', async (_what, files) => {
  expect(await readFolder(files)).toEqual({
    report: null,
    troubles: [{ file: 'test-report', line: null, what: 'the folder holds no file *.xml with test results' }],
  });
});

test.each([
  [
    'an unclosed element',
    '<testsuite>\n<testcase name="a"><failure></testcase>\n</testsuite>',
    2,
    /no well-formed XML: Unexpected close tag/,
  ],
  ['no XML', 'FAILED (errors=1)\n', 1, /no well-formed XML/],
  ['another root', '<html><testcase/></html>', 1, /its root is neither/],
  ['nothing', '', 1, /it is empty/],
  [
    'an entity of its own',
    '<testsuite>\n<testcase name="&lol;"/></testsuite>',
    2,
    /Invalid character entity/,
  ],
  ['an encoding nobody knows', '<?xml version="1.0" encoding="klingon"?><testsuite/>', 1, /encoding/],
  [
    'a document type',
    '<!DOCTYPE t [\n<!ENTITY a SYSTEM "file:///etc/passwd">\n]>\n<testsuite><testcase name="&a;"/></testsuite>',
    3,
    /document type/,
  ],
])('a file with %s is told with its line, and is no error', async (_what, text, line, what) => {
  const read = await readText(text);
  expect(read).toEqual({
    report: null,
    troubles: [{ file: 'test-report', line, what: expect.stringMatching(what) }],
  });
});

test('of a report that ends in the middle what is whole counts', async () => {
  const read = await readText('<testsuite>\n<testcase name="a"/>\n<testcase name="b"><failure>lost');
  expect(told(read)).toEqual([['passed', 'a', null]]);
  expect(read.troubles).toEqual([
    { file: 'test-report', line: 3, what: expect.stringContaining('it ends in the middle') },
  ]);
});

test('one broken file of a folder does not hide the others', async () => {
  const read = await readFolder({
    'a.xml': '<testsuite><testcase name="a">',
    'b.xml': '<testsuite><testcase name="b"/></testsuite>',
  });
  expect(told(read)).toEqual([['passed', 'b', null]]);
  expect(read.troubles).toMatchObject([{ file: 'a.xml', line: 1 }]);
});

test.each([
  ['alone', '<testsuite name="a" tests="5" failures="2"/>', { passed: 3, failed: 2, skipped: 0, suites: 1 }],
  [
    'with errors and tests that were left out',
    '<testsuite tests="9" failures="1" errors="1" skipped="2" disabled="1"></testsuite>',
    { passed: 4, failed: 2, skipped: 3 },
  ],
  [
    'in a suite that counts it too, beside one with cases',
    '<testsuites tests="7" failures="2"><testsuite tests="7" failures="2"><testsuite tests="5" failures="2"/><testsuite tests="9" failures="9"><testcase name="b"/><testcase name="c"/></testsuite></testsuite></testsuites>',
    { passed: 5, failed: 2, skipped: 0 },
  ],
  ['of the root alone', '<testsuites tests="3" failures="1"/>', { passed: 2, failed: 1, skipped: 0 }],
  ['with a number that is none', '<testsuite tests="x" failures="-1"/>', { passed: 0, failed: 0 }],
])('a suite without cases counts as it says: %s', async (_what, text, totals) => {
  const read = await readText(text);
  expect(read.troubles).toEqual([]);
  expect(read.report).toMatchObject(totals);
});

test('entities are never expanded, however they nest', async () => {
  const levels = Array.from({ length: 20 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`);
  const read = await readText(
    `<!DOCTYPE t [<!ENTITY l0 "lol">${levels.join('')}]><testsuite><testcase name="&l20;"/></testsuite>`,
  );
  expect(read).toMatchObject({ report: null, troubles: [{ what: expect.stringMatching(/document type/) }] });
});

test('a tower of elements is refused, and so is a file beyond its size', async () => {
  const tower = await readText('<testsuite>'.repeat(500));
  expect(tower.troubles[0]?.what).toBe('its elements are nested deeper than 100');
  const large = await readText(`<testsuite>${'<testcase name="a"/>'.repeat(100)}</testsuite>`, {
    bytes: 1000,
  });
  expect(large.troubles[0]?.what).toBe('all reports have more than 1.0 kB');
});

test('totals are of all cases, and failures are kept before others', async () => {
  const cases = Array.from({ length: 30_000 }, (_, at) => `<testcase name="${at}"/>`).join('');
  const read = await readText(`<testsuite>${cases}<testcase name="last"><failure/></testcase></testsuite>`);
  expect(read.report).toMatchObject({ passed: 30_000, failed: 1 });
  expect(read.report!.cases).toHaveLength(10_000);
  expect(read.report!.cases[0]).toMatchObject({ name: 'last', status: 'failed', message: null });
});

test.each([
  [
    'latin-1',
    Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><testsuite><testcase name="größe"/></testsuite>',
      'latin1',
    ),
  ],
  ['UTF-16', Buffer.from('\ufeff<testsuite><testcase name="größe"/></testsuite>', 'utf16le')],
  [
    'UTF-8 with a mark',
    Buffer.from(
      '\ufeff<?xml version="1.0" encoding="utf-8"?><testsuite><testcase name="größe"/></testsuite>',
    ),
  ],
])('a report in %s is read', async (_encoding, bytes) => {
  expect(told(await readText(bytes))).toEqual([['passed', 'größe', null]]);
});
