import { afterEach, beforeEach, expect, test } from 'vitest';
import { FLAKY_TESTS, TESTS } from '../../src/contracts/examples/tests.js';
import type { BuildTests } from '../../src/contracts/tests.js';
import { aBuild } from '../support/api-records.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const build = aBuild({});

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
  api.on(`GET /v1/builds/${build.id}`, (_request, response) => json(response, 200, build));
});
afterEach(() => api.close());

const [failed, passed] = TESTS.items as [BuildTests['items'][number], BuildTests['items'][number]];
const kiln = (...argv: string[]) => runKiln(argv, { apiUrl: api.url });
const answers = (tests: BuildTests): void =>
  api.on(`GET /v1/builds/${build.id}/tests`, (_request, response) => json(response, 200, tests));

test('failures come first, with their messages; of what passed the slowest', async () => {
  answers({
    report: { ...TESTS.report!, skipped_count: 1 },
    items: [
      { ...failed, message: 'expected 42\u001b[2J\n\ngot 41', failed_tries: 2 },
      {
        ...failed,
        status: 'skipped',
        test_name: 'test_later',
        duration_milliseconds: null,
        message: 'no network',
      },
      { ...passed, duration_milliseconds: 61_000 },
      { ...passed, test_name: 'test_quick', duration_milliseconds: 0 },
    ],
  });
  const { stdout, exitCode } = await kiln('tests', build.id);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')).toEqual([
    '41 passed, 1 failed, 1 skipped in 3.2s (4 suites)',
    '',
    'Failed',
    '✗ cart.test_total › test_sum  12ms, failed 2 times before',
    '    expected 42',
    '    got 41',
    '',
    'Skipped',
    '· cart.test_total › test_later',
    '    no network',
    '',
    'Slowest that passed',
    '✓ cart.test_total › test_empty  1m 01s',
    '39 more are not kept.',
    '',
  ]);
  expect((await kiln('tests', build.id, '--all')).stdout).toContain('test_quick  0ms');
});

test('a build without a report says how to get one', async () => {
  answers({ report: null, items: [] });
  expect((await kiln('tests', build.id)).stdout).toContain('`tests: {reports: PATH}` in kiln.yaml');
});

test('flaky tests come with how often they fail and what says so', async () => {
  api.on('GET /v1/projects/app/flaky-tests', (_request, response) => json(response, 200, FLAKY_TESTS));
  expect((await kiln('tests', 'app', '--flaky')).stdout.split('\n')).toEqual([
    '1 test of the last 50 builds with reports:',
    'TEST                        FAILED        WHY                                                          LAST',
    'cart.test_total › test_sum  4 of 50 (8%)  passed and failed with the same source (2), changed 7 times  #118',
    '',
  ]);
  const { stdout } = await kiln('tests', 'app', '--flaky', '--json');
  expect(JSON.parse(stdout)).toEqual(FLAKY_TESTS);
});

test('--builds without --flaky is refused', async () => {
  const { exitCode, stderr } = await kiln('tests', build.id, '--builds', '3');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--builds is about flaky tests')]);
});
