import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildArtifact } from '../../src/contracts/artifacts.js';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

/* All of it with contents in a bucket; every other suite has them in a folder. */
let bucket: S3Server;
let kiln: TestKiln;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  bucket = await startS3Server();
  const settings = { KILN_BLOBS_URL: bucket.url, ...bucket.credentials };
  kiln = await startKiln(settings, undefined, ['--methods', 'buildx']);
  folder = mkdtempSync(join(tmpdir(), 'kiln-artifacts-'));
  env = { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  writeFileSync(
    join(folder, 'Dockerfile'),
    [
      `FROM ${kiln.baseImage} AS made`,
      'COPY data.bin /out/data.bin',
      'RUN mkdir -p /out/docs/deep && echo hello > /out/docs/deep/page && cd /out/docs && ln -s deep/page index',
      'FROM made AS tests',
      'ARG VERDICT=0',
      'RUN mkdir /reports && echo "<testsuite/>" > /reports/junit.xml && echo "ran the tests" && exit $VERDICT',
      'FROM scratch',
      'COPY --from=made /out/data.bin /data.bin',
    ].join('\n'),
  );
  writeFileSync(join(folder, 'data.bin'), Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251)));
  writeFileSync(
    join(folder, 'kiln.yaml'),
    [
      'version: 1',
      'tests: {target: tests, reports: reports}',
      'artifacts:',
      '  - {name: data, target: made, path: /out/data.bin, retention: days_90}',
      '  - {name: docs, target: made, path: out/docs/}',
    ].join('\n'),
  );
}, 600_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await kiln.stop();
  await bucket.stop();
}, 60_000);

const stepsOf = async (id: string): Promise<BuildStep[]> =>
  (await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${id}/steps`)).items;
const artifactsOf = async (id: string): Promise<BuildArtifact[]> =>
  (await kiln.json<{ items: BuildArtifact[] }>('GET', `/v1/builds/${id}/artifacts`)).items;

test('a build whose tests pass keeps its artifacts and the reports, which come back byte by byte', async () => {
  const built = await runKiln(['build', folder, '--project', 'app', '--progress', 'plain'], env);
  expect([built.code, built.code === 0 ? '' : built.stdout + built.stderr]).toEqual([0, '']);

  const listed = await runKiln(['artifacts', 'app#1', '--json'], env);
  const { items } = JSON.parse(listed.stdout) as { items: BuildArtifact[] };
  const kept = items.map((one) => [
    one.artifact_type,
    one.artifact_name,
    one.media_type,
    one.retention_policy,
  ]);
  expect(kept).toEqual([
    ['docker_image', expect.stringMatching(/:1$/), expect.stringContaining('manifest'), 'permanent'],
    ['build_log', 'build.log', 'text/plain', 'permanent'],
    ['build_output', 'data', 'application/octet-stream', 'days_90'],
    ['build_output', 'docs', 'application/x-tar', 'permanent'],
    ['test_report', 'test-report', 'application/x-tar', 'permanent'],
  ]);
  const contents = readdirSync(join(kiln.stateFolder, 'data'), { recursive: true, withFileTypes: true });
  expect(contents.filter((entry) => entry.isFile())).toEqual([]);

  const log = join(folder, 'build.log');
  expect((await runKiln(['artifacts', 'app#1', 'build.log', '-o', log], env)).code).toBe(0);
  expect(readFileSync(log, 'utf8')).toContain('ran the tests');

  const file = join(folder, 'downloaded');
  expect((await runKiln(['artifacts', 'app#1', 'data', '-o', file], env)).code).toBe(0);
  expect(readFileSync(file).equals(readFileSync(join(folder, 'data.bin')))).toBe(true);

  const docs = join(folder, 'docs.tar');
  expect((await runKiln(['artifacts', 'app#1', 'docs', '-o', docs], env)).code).toBe(0);
  mkdirSync(join(folder, 'unpacked'));
  execFileSync('tar', ['-xf', docs, '-C', join(folder, 'unpacked')]);
  expect(readFileSync(join(folder, 'unpacked', 'index'), 'utf8')).toBe('hello\n');

  const build = await kiln.json<{ items: Build[] }>('GET', '/v1/builds');
  const id = build.items[0]!.id;
  const ranged = await kiln.call('GET', `/v1/builds/${id}/artifacts/data`, undefined, {
    range: 'bytes=250-252',
  });
  expect([ranged.status, [...new Uint8Array(await ranged.arrayBuffer())]]).toEqual([206, [250, 0, 1]]);
  expect(ranged.headers.get('content-disposition')).toBe('attachment; filename="data"');
  const beyond = await kiln.call('GET', `/v1/builds/${id}/artifacts/data`, undefined, {
    range: 'bytes=900000-',
  });
  expect([beyond.status, ((await beyond.json()) as { code: string }).code]).toEqual([
    416,
    'range_not_satisfiable',
  ]);

  const steps = await stepsOf(id);
  expect(steps.map((step) => step.status)).toEqual(steps.map(() => 'success'));
  const names = steps.map(({ step_name: name }) => name);
  expect(names).toContainEqual(expect.stringContaining('[tests 1/1] RUN mkdir /reports'));
  expect(names).toContain('[kiln-artifacts 2/2] COPY --from=made [/out/docs,/1]');
  expect(names).toContain('[internal] load build definition from Dockerfile (tests)');
  const shown = await runKiln(['show', 'app#1'], env);
  expect(shown.stdout).toMatch(/Artifacts\n\s*NAME.*\n\s*data/);
}, 120_000);

test('tests that fail fail the build with the step that failed; nothing is published or kept', async () => {
  const built = await runKiln(
    ['build', folder, '--project', 'red', '--build-arg', 'VERDICT=3', '--json'],
    env,
  );
  expect(built.code).toBe(1);
  const { items } = await kiln.json<{ items: Build[] }>('GET', '/v1/builds');
  const { id, result, destinations } = items[0]!;
  expect(result).toMatchObject({
    status: 'failed',
    failure_code: 'build_step_failed',
    failure_stage: 'build',
    exit_code: 3,
    failure_last_lines: ['ran the tests'],
  });
  expect(result.failure_instruction).toContain('RUN mkdir /reports');
  const failed = (await stepsOf(id)).filter(({ status }) => status === 'failed');
  expect(failed.map(({ step_number }) => step_number)).toEqual([result.failure_step]);
  const left = (await artifactsOf(id)).map(({ artifact_type: type }) => type);
  expect([left, result.output_image_digest]).toEqual([['build_log'], null]);
  expect(destinations).not.toEqual([]);
}, 60_000);

test('an artifact that is not there fails the build with its path, one of a foreign stage is refused, and so is one of another method', async () => {
  const build = async (settings: object): Promise<Build> => {
    const { id } = await kiln.json<Build>('POST', '/v1/projects/app/builds', {
      source: { kind: 'inline' },
      options: { dockerfile_inline: `FROM ${kiln.baseImage} AS made\nRUN echo yes > /yes\n`, ...settings },
    });
    return kiln.until(id, (one) => hasEnded(one) && one.log_complete);
  };
  const { result } = await build({ artifacts: [{ name: 'no', target: 'made', path: '/nope' }] });
  expect([result.failure_code, result.failure_reason]).toEqual([
    'artifact_unusable',
    expect.stringContaining('There is no /nope in the stage'),
  ]);
  const refused = async (body: object): Promise<string> =>
    (await kiln.call('POST', '/v1/projects/app/builds', { source: { kind: 'inline' }, ...body })).text();
  const dockerfile_inline = 'FROM scratch AS made\nCOPY . /\n';
  expect(
    await refused({
      options: { dockerfile_inline, artifacts: [{ name: 'no', target: 'alpine', path: '/' }] },
    }),
  ).toContain('There is no stage \\"alpine\\"');
  expect(
    await refused({ method: 'container', options: { dockerfile_inline, tests: { target: 'made' } } }),
  ).toContain('tests belongs to buildx');
}, 60_000);
