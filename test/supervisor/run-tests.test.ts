import { expect, test } from 'vitest';
import type { KeptArtifact } from '../../src/domain/builds/artifact.js';
import { KilnError } from '../../src/domain/errors.js';
import type { TestCase } from '../../src/domain/tests/test-report.js';
import type { ReadReports } from '../../src/ports/test-reports.js';
import { Masks } from '../../src/supervisor/masks.js';
import { readTests, takeReports } from '../../src/supervisor/run-tests.js';

type Deps = Parameters<typeof readTests>[0] & Parameters<typeof takeReports>[0];
type Journal = Parameters<typeof readTests>[1];

const SECRET = 'sw0rdfish-sw0rdfish';
const aCase = (change: Partial<TestCase> = {}): TestCase => ({
  ...{ suite: 'cart', className: 'cart', name: 'sum', status: 'passed', durationMs: 3 },
  ...{ message: null, failedTries: 0 },
  ...change,
});
const aReport = (cases: readonly TestCase[], failed = 0): ReadReports => ({
  report: { passed: 1, failed, skipped: 0, suites: 1, durationMs: 3, cases },
  troubles: [],
});
const KEPT: KeptArtifact = {
  ...{ name: 'test-report', type: 'test_report', mediaType: 'application/octet-stream' },
  ...{ sizeBytes: 5, sha256: 'a'.repeat(64) },
};
const journal = {
  workspace: { artifacts: '/artifacts', work: '/work' },
  limits: { artifact_max_bytes: { value: 77 } },
  grant: { run: { build_method: 'kaniko', options: {} } },
} as unknown as Journal;

async function verdict(read: ReadReports, tests: object = {}) {
  const masks = new Masks();
  masks.add([Buffer.from(SECRET)]);
  const said: string[] = [];
  const log = { say: (_id: string, text: string) => Promise.resolve(void said.push(text)) };
  const deps = {
    readTestReports: () => Promise.resolve(read),
    engineFor: () => ({ parseOptions: () => ({ tests }) }),
  } as unknown as Deps;
  return { ...(await readTests(deps, journal, [KEPT], masks, log as never)), said };
}

test('secrets are masked in every text of a case, also one that the cut would part', async () => {
  const long = `${SECRET} ${'x'.repeat(3990)}${SECRET} and more`;
  const { tests } = await verdict(
    aReport([aCase({ suite: `s ${SECRET}`, className: `c ${SECRET}`, name: `n ${SECRET}`, message: long })]),
  );
  const told = JSON.stringify(tests);
  expect(told).not.toContain(SECRET.slice(0, 5));
  expect(tests!.cases[0]!.message).toHaveLength(4000);
});

test('failures of tests are a warning as long as nothing else is asked for', async () => {
  const failed = aCase({ status: 'failed', message: 'no' });
  const { failure, warnings, said } = await verdict(aReport([failed], 1));
  expect(failure).toBeNull();
  expect(warnings).toMatchObject([{ foundBy: 'tests', rule: 'failed-tests' }]);
  expect(warnings[0]!.message).toContain('1 of 2 tests failed: cart › sum. The build goes on');
  expect(said).toEqual(['Tests: 1 passed, 1 failed, 0 skipped', warnings[0]!.message]);
});

test('a build that wants to fail with its tests fails at the stage of tests, and names some', async () => {
  const cases = ['a', 'b', 'c', 'd'].map((name) => aCase({ name, status: 'failed' }));
  const { failure, tests, warnings } = await verdict(aReport(cases, 4), { fail_on_failures: true });
  expect(failure).toMatchObject({
    code: 'tests_failed',
    stage: 'tests',
    retryable: false,
    message: '4 of 5 tests failed: cart › a, cart › b, cart › c, and 1 more.',
  });
  expect([tests!.failed, warnings]).toEqual([4, []]);
});

test('a report that cannot be read is a warning with file, line and remedy, and fails nothing that does not judge it', async () => {
  const troubles = [{ file: 'a.xml', line: 7, what: 'it ends in the middle' }];
  const { failure, tests, warnings } = await verdict({ report: null, troubles });
  expect([failure, tests]).toEqual([null, null]);
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^The test report a\.xml, line 7: it ends in the middle\. No test is counted; have the tests write JUnit XML/,
    ),
  ]);
});

test('a build that wants to fail with its tests fails where a report cannot be read whole, and says where', async () => {
  const troubles = [{ file: `a-${SECRET}.xml`, line: 7, what: 'it ends in the middle' }];
  for (const report of [null, aReport([aCase()]).report]) {
    const { failure, tests } = await verdict({ report, troubles }, { fail_on_failures: true });
    expect(failure).toMatchObject({
      code: 'report_unreadable',
      stage: 'tests',
      retryable: false,
      message:
        'The test report a-***.xml, line 7, cannot be read: it ends in the middle. So nobody can say whether tests failed.',
    });
    expect(tests === null).toBe(report === null);
  }
});

test('reports in the image are taken out of it once its registry answers', async () => {
  const asked: unknown[] = [];
  const answers = [new KilnError('registry_unreachable'), null];
  const deps = {
    engineFor: () => ({ parseOptions: () => ({ tests: { reports: '/r' } }) }),
    limits: { retryFirstMs: 1, retryMaxMs: 1, inspectTries: 3 },
    takeFromImage: (...[image, path, into, credentials]: unknown[]) => {
      asked.push([image, path, into, credentials]);
      const answer = answers.shift();
      return answer ? Promise.reject(answer) : Promise.resolve();
    },
  } as unknown as Deps;
  const image = { repository: 'r' } as never;
  const tars = await takeReports(
    deps,
    journal,
    image,
    () => Promise.resolve([]),
    new AbortController().signal,
  );
  expect(tars).toEqual([
    { path: '/work/reports-of-image.tar', artifacts: [{ name: 'test-report', type: 'test_report' }] },
  ]);
  const call = [image, '/r', { tar: '/work/reports-of-image.tar', maxBytes: 77 }, []];
  expect(asked).toEqual([call, call]);
});
