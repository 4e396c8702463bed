import { expect, test } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBuildxParser } from '../../../src/engines/buildx/parse.js';
import { StageLaunch, writeStages } from '../../../src/engines/buildx/stage-launch.js';
import { stageMark } from '../../../src/engines/buildx/stage-mark.js';
import type { Step } from '../../../src/domain/builds/step-status.js';
import type { ArtifactTar, RunEvent } from '../../../src/ports/engine.js';

const [digest, metadata] = [`sha256:${'a'.repeat(64)}`, '/work/metadata.json'];
const plan = { argv: ['x'] as [string], env: {}, cwd: '/', files: {}, outputs: [metadata] };
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

interface Vertex {
  readonly name: string;
  readonly seconds?: readonly [number, number];
  readonly cached?: boolean;
  readonly error?: string;
}

/** A line of a run in which these are done. */
function done(...vertexes: (Vertex & { readonly id: string })[]): string {
  return JSON.stringify({
    vertexes: vertexes.map(({ id, name, seconds, cached, error }) => ({
      digest: `sha256:${id}`,
      name,
      cached,
      error,
      ...(seconds && { started: at(seconds[0]), completed: at(seconds[1]) }),
    })),
  });
}

function parsed(
  lines: readonly string[],
  exitCode = 0,
  every = Infinity,
  keeps: readonly ArtifactTar[] = [],
) {
  const parser = createBuildxParser({ ...plan, keeps });
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const events: RunEvent[] = [];
  for (let from = 0; from < bytes.length; from += every)
    events.push(...parser.feed(bytes.subarray(from, Math.min(bytes.length, from + every)), 'stderr'));
  const outputs = { [metadata]: exitCode === 0 ? JSON.stringify({ 'containerimage.digest': digest }) : null };
  const verdict = parser.finish({ exitCode, signal: null, outputs }, (text) => text);
  const steps = new Map<number, Step>();
  for (const event of [...events, ...verdict.events])
    if (event.kind === 'step') steps.set(event.step.number, event.step);
  const logged = events
    .map((event) => (event.kind === 'log' ? Buffer.from(event.bytes).toString() : ''))
    .join('');
  return { verdict, logged, steps: [...steps.values()] };
}

const LOAD = '[internal] load build definition from Dockerfile';
const MAKE = { id: 'make', name: '[made 2/2] RUN make' };
const RUNS = [
  stageMark('tests'),
  done({ id: 't1', name: LOAD, seconds: [0, 1] }, { ...MAKE, seconds: [1, 5] }),
  done({ id: 'test', name: '[tests 1/1] RUN check', seconds: [5, 6] }),
  stageMark('image'),
  done({ id: 'i1', name: LOAD, seconds: [7, 8] }, { ...MAKE, seconds: [8, 8], cached: true }),
  stageMark('artifacts'),
  done({ id: 'a1', name: LOAD, seconds: [9, 10] }, { ...MAKE, seconds: [10, 10], cached: true }),
];

test('a step that several runs of buildctl need is told once, as the first of them did it', () => {
  const { steps, verdict } = parsed(RUNS);
  expect(steps.map((step) => [step.name, step.status, step.cached, step.durationMs])).toEqual([
    [`${LOAD} (tests)`, 'success', false, 1000],
    ['[made 2/2] RUN make', 'success', false, 4000],
    ['[tests 1/1] RUN check', 'success', false, 1000],
    [LOAD, 'success', false, 1000],
    [`${LOAD} (artifacts)`, 'success', false, 1000],
  ]);
  expect([verdict.failure, verdict.stagedDigest]).toEqual([null, digest]);
});

test('what BuildKit says of the Dockerfile is told once, however often it looks', () => {
  const short = Buffer.from('StageNameCasing: Stage name should be lowercase (line 1)').toString('base64');
  const warned = JSON.stringify({ warnings: [{ vertex: 'x', short, range: [{ start: { line: 1 } }] }] });
  const { verdict, logged } = parsed([stageMark('tests'), warned, stageMark('image'), warned]);
  expect([verdict.warnings?.length, logged.match(/StageNameCasing/g)?.length]).toEqual([1, 1]);
});

test('any split of the output gives the same steps', () => {
  expect(parsed(RUNS, 0, 7).steps).toEqual(parsed(RUNS).steps);
});

const failed = 'process "/bin/sh -c check" did not complete successfully: exit code: 3';

test('a test that fails fails the build with its step', () => {
  const { verdict } = parsed(
    [
      stageMark('tests'),
      done({ id: 'test', name: '[tests 1/1] RUN check', seconds: [5, 6], error: failed }),
      `error: failed to solve: ${failed}`,
    ],
    1,
  );
  expect(verdict).toMatchObject({
    stagedDigest: null,
    failure: { code: 'build_step_failed', stepNumber: 1, instruction: 'RUN check', exitCode: 3 },
  });
});

test.each([
  [
    'failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: "/nope": not found',
    'artifact_unusable',
    'There is no /nope in the stage',
  ],
  ['the artifacts have more than 5000 bytes', 'artifact_too_large', 'more than 5.0 kB'],
])('says of %s that it is about an artifact', (error, code, message) => {
  const copy = '[kiln-artifacts 1/1] COPY --from=made [/nope,/0]';
  const lines = [
    stageMark('artifacts'),
    done({ id: 'c', name: copy, seconds: [1, 2], ...(code === 'artifact_unusable' && { error }) }),
    ...(code === 'artifact_unusable' ? ['Dockerfile:9', '--------------------'] : []),
    `error: ${error}`,
  ];
  const { failure } = parsed(lines, 1).verdict;
  expect([failure?.code, failure?.message]).toEqual([code, expect.stringContaining(message)]);
  expect(failure?.message).not.toContain('line 9');
});

test('a path that is not there is told with the artifact and the stage', () => {
  const keeps: ArtifactTar[] = [
    { path: '/w/tests.tar', artifacts: [{ name: 'test-report', type: 'test_report' }] },
    {
      path: '/w/artifacts.tar',
      artifacts: ['app', 'docs'].map((name) => ({ name, type: 'build_output' })),
    },
  ];
  const missing = (run: 'tests' | 'artifacts', index: number): string | undefined => {
    const error =
      'failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: "/nope": not found';
    const name = `[kiln-${run} 1/1] COPY --from=made [/nope,/${index}]`;
    const lines = [stageMark(run), done({ id: 'c', name, seconds: [1, 2], error }), `error: ${error}`];
    return parsed(lines, 1, Infinity, keeps).verdict.failure?.message;
  };
  expect(missing('artifacts', 1)).toContain('There is no /nope in the stage made for the artifact docs');
  expect(missing('tests', 0)).toContain('There is no /nope in the stage made for the artifact test-report');
});

const folder = mkdtempSync(join(tmpdir(), 'kiln-stages-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the stages of Kiln come after those of the Dockerfile, which stays as it is, with what it ignores', () => {
  const dockerfile = join(folder, 'Dockerfile');
  writeFileSync(join(folder, 'dockerfile'), 'FROM scratch AS made');
  writeFileSync(join(folder, 'dockerfile.dockerignore'), 'big\n');
  const written = join(folder, 'stages', 'Dockerfile');
  const order = { dockerfile, written, added: '\nFROM scratch AS kiln-tests\n', before: [], after: [] };
  writeStages({ ...order, maxBytes: 1 });
  expect(readFileSync(written, 'utf8')).toBe('FROM scratch AS made\nFROM scratch AS kiln-tests\n');
  expect(readFileSync(`${written}.dockerignore`, 'utf8')).toBe('big\n');
  expect(readFileSync(join(folder, 'dockerfile'), 'utf8')).toBe('FROM scratch AS made');
});

test.each([
  ['is taken up to the limit', 2_000_000, 0, ['']],
  ['is given up beyond it', 10, 1, ['', 'error: the artifacts have more than 10 bytes']],
])('what a stage leaves %s', async (_how, maxBytes, code, said) => {
  const lines: string[] = [];
  const launch = new StageLaunch({ maxBytes }, [], (line) => lines.push(line));
  const print =
    "process.stdout.on('error', () => {}).write(Buffer.alloc(2_000_000)); setTimeout(() => {}, 200)";
  const tar = join(folder, 'out.tar');
  const run = { name: 'artifacts', command: [process.execPath, '-e', print], tar } as const;
  expect(await launch.build(run)).toBe(code);
  expect(lines).toEqual([stageMark('artifacts'), ...said.slice(1)]);
});
