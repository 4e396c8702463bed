import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build, BuildWarning } from '../../src/contracts/builds.js';
import type { BuildTests } from '../../src/contracts/tests.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

/** kaniko needs root. */
const METHODS = process.getuid?.() === 0 ? ['buildx', 'kaniko'] : ['buildx'];

let kiln: TestKiln;
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  kiln = await startKiln({}, undefined, ['--methods', METHODS.join(',')]);
  await kiln.json('POST', '/v1/projects', { slug: 'app', trust: 'trusted' });
  folder = mkdtempSync(join(tmpdir(), 'kiln-tests-'));
  env = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
}, 600_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await kiln.stop();
}, 60_000);

const SECRET = 'canary-of-a-test-report';
const REPORT = `<testsuite name="cart"><testcase name="sum" time="0.012"/><testcase name="total"><failure message="expected 42">got 41</failure></testcase></testsuite>`;

async function build(method: string, options: object, project = 'app'): Promise<Build> {
  const { id } = await kiln.json<Build>('POST', `/v1/projects/${project}/builds`, {
    method,
    source: { kind: 'inline' },
    options,
  });
  return kiln.until(id, (one) => hasEnded(one) && one.log_complete);
}
const testsOf = ({ id }: Build): Promise<BuildTests> => kiln.json('GET', `/v1/builds/${id}/tests`);
const warningsOf = async ({ id }: Build): Promise<string[]> =>
  (await kiln.json<{ items: BuildWarning[] }>('GET', `/v1/builds/${id}/warnings`)).items
    .filter(({ found_by }) => found_by === 'tests')
    .map(({ message }) => message);

const steps = (to: string, text = REPORT): string => `RUN mkdir -p ${to} && echo '${text}' > ${to}/junit.xml`;

test('the reports of a stage are read; failures alone are a warning, and secrets in them are masked', async () => {
  await kiln.call('PUT', '/v1/secrets/token', { value: SECRET });
  const dockerfile_inline = [
    `FROM ${kiln.baseImage} AS check`,
    `RUN --mount=type=secret,id=token mkdir /r && echo '<testsuite><testcase name="leak"><failure>' > /r/a.xml && cat /run/secrets/token >> /r/a.xml && echo '</failure></testcase></testsuite>' >> /r/a.xml`,
    steps('/r'),
    `FROM ${kiln.baseImage}`,
    'RUN true',
  ].join('\n');
  const built = await build('buildx', {
    dockerfile_inline,
    secrets: [{ id: 'token', name: 'token' }],
    tests: { target: 'check', reports: '/r' },
  });
  expect([built.status, built.result.failure_reason]).toEqual(['success', null]);
  const tests = await testsOf(built);
  expect(tests.report).toMatchObject({ passed_count: 1, failed_count: 2, suite_count: 2 });
  expect(JSON.stringify(tests)).not.toContain(SECRET);
  expect(tests.items.find(({ test_name }) => test_name === 'leak')?.message).toMatch(/^\*+$/);
  expect(await warningsOf(built)).toEqual([expect.stringContaining('2 of 3 tests failed')]);

  const shown = await runKiln(['show', `app#${built.build_number}`], env);
  expect(shown.stdout).toMatch(/tests\s+1 passed, 2 failed, 0 skipped in 12ms/);
  const listed = await runKiln(['tests', `app#${built.build_number}`], env);
  expect(listed.stdout).toContain('✗ cart › total\n    expected 42\n    got 41\n');
}, 120_000);

test.each(METHODS)(
  '%s reads the reports that its image holds, and may fail with them',
  async (method) => {
    const dockerfile_inline = [
      `FROM ${kiln.baseImage}`,
      steps('/srv/reports', '<testsuite'),
      steps('/srv/reports'),
      'RUN rm -rf /tmp/*',
    ].join('\n');
    const red = await build(method, {
      dockerfile_inline,
      tests: { reports: '/srv/reports', fail_on_failures: true },
    });
    expect(red.result).toMatchObject({
      status: 'failed',
      failure_code: 'tests_failed',
      failure_stage: 'tests',
      failure_reason: '1 of 2 tests failed: cart › total.',
      output_image_digest: null,
    });
    expect((await testsOf(red)).report).toMatchObject({ passed_count: 1, failed_count: 1 });
    const kept = await runKiln(['artifacts', `app#${red.build_number}`, 'test-report', '-o', '-'], env);
    expect(kept.stdout).toContain('expected 42');
  },
  120_000,
);

test('a report that is broken is a warning that names file and line; the build is good unless it fails with its tests', async () => {
  const dockerfile_inline = `FROM ${kiln.baseImage}\n${steps('/r', '<testsuite>')}\n`;
  const built = await build('buildx', { dockerfile_inline, tests: { reports: '/r' } });
  expect(built.status).toBe('success');
  expect(await warningsOf(built)).toEqual([
    expect.stringMatching(/^The test report junit\.xml, line 2: it ends in the middle/),
  ]);
  const tests = { reports: '/r', fail_on_failures: true };
  const { result } = await build('buildx', { dockerfile_inline, tests });
  expect(result).toMatchObject({ status: 'failed', failure_code: 'report_unreadable' });
}, 120_000);

test('reports that the image does not hold fail the build with their path', async () => {
  const { result } = await build('buildx', {
    dockerfile_inline: `FROM ${kiln.baseImage}\nRUN true\n`,
    tests: { reports: '/nope' },
  });
  expect(result).toMatchObject({
    failure_code: 'artifact_unusable',
    failure_reason: expect.stringContaining('There is no /nope in the image'),
  });
}, 60_000);

test('a kiln.yaml says where the reports are, and kiln tests --flaky looks at them', async () => {
  writeFileSync(join(folder, 'junit.xml'), REPORT);
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${kiln.baseImage}\nCOPY junit.xml /\n`);
  writeFileSync(join(folder, 'kiln.yaml'), 'version: 1\ntests:\n  reports: /junit.xml\n');
  const built = await runKiln(['build', folder, '--project', 'files', '--progress', 'plain'], env);
  expect([built.code, built.stderr]).toEqual([
    0,
    expect.stringContaining('Tests: 1 passed, 1 failed, 0 skipped'),
  ]);
  const { stdout } = await runKiln(['tests', 'files', '--flaky'], env);
  expect(stdout).toBe('No test of the last 1 build with reports passed and failed without a change.\n');
}, 120_000);
