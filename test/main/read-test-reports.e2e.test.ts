import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createReadTestReports } from '../../src/main/read-test-reports.js';
import { compiledSource } from '../support/compiled-sources.js';

const FILE = { name: 'test-report', mediaType: 'application/octet-stream' } as const;
let thread: URL;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-report-thread-'));
  thread = pathToFileURL(compiledSource('src/main/report-thread.ts'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function aFile(text: string): string {
  const file = join(folder, 'report.xml');
  writeFileSync(file, text);
  return file;
}

test('a report is read in a thread of its own', async () => {
  const read = createReadTestReports({ timeoutMs: 30_000, memoryMib: 256 }, thread);
  expect(await read(FILE, aFile('<testsuite><testcase name="a"/></testsuite>'))).toMatchObject({
    report: { passed: 1, cases: [{ name: 'a' }] },
    troubles: [],
  });
});

test.each([
  ['too much time', { timeoutMs: 50, memoryMib: 256 }, /reading it takes longer than 0.05 seconds/],
  ['too much memory', { timeoutMs: 30_000, memoryMib: 8 }, /reading it takes more than 8 MiB of memory/],
])('a report that takes %s is told, and ends nothing else', async (_what, bounds, what) => {
  const text = `<testsuite>${'<testcase name="a"><failure>no</failure></testcase>'.repeat(400_000)}</testsuite>`;
  const read = createReadTestReports(bounds, thread);
  expect(await read(FILE, aFile(text))).toEqual({
    report: null,
    troubles: [{ file: 'test-report', line: null, what: expect.stringMatching(what) }],
  });
});

test('a report that is not there is told', async () => {
  const read = createReadTestReports({ timeoutMs: 30_000, memoryMib: 256 }, thread);
  const { troubles } = await read(FILE, join(folder, 'nothing'));
  expect(troubles).toMatchObject([{ what: expect.stringMatching(/cannot be read \(ENOENT/) }]);
});
