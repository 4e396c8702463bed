import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { spansOfBuild } from '../../../src/domain/traces/spans-of-build.js';
import type { TracedAttempt, TracedBuild, TracedStep } from '../../../src/domain/traces/traced-build.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const at = (second: number): Date => new Date(Date.UTC(2026, 10, 21, 9) + second * 1000);

function aStep(number: number, over: Partial<TracedStep> = {}): TracedStep {
  return {
    ...{ id: `step-${number}`, number, name: `RUN step ${number}`, instruction: 'RUN', cached: false },
    ...{ status: 'success', startedAt: at(20 + number), completedAt: at(21 + number) },
    ...over,
  };
}
function anAttempt(attempt: number, over: Partial<TracedAttempt> = {}): TracedAttempt {
  return {
    ...{ attempt, leaseId: `lease-${attempt}`, workerId: 'worker', worker: 'local-1', startedAt: at(10) },
    ...{ takenUpAt: at(11), endedAt: at(30), end: 'succeeded', failureCode: null, sourceMs: 2_000 },
    ...{ pushMs: 500, steps: [] },
    ...over,
  };
}
function aTracedBuild(over: Partial<TracedBuild> = {}): TracedBuild {
  return {
    buildId: '0f8fad5b-d9cb-469f-a165-70867728950e',
    ...{ number: 7, project: 'app', method: 'buildx', trigger: 'manual', requestedAt: at(-1), parent: null },
    ...{ repositoryUrl: null, branch: null, commit: null, acceptedAt: at(0), tagsBeganAt: null },
    ...{ endedAt: at(60), result: 'success', failureCode: null, failureStep: null, imageDigest: null },
    ...{ queued: [{ from: at(0), to: at(10) }], gate: null, attempts: [anAttempt(1)], publications: [] },
    ...over,
  };
}
const trace = (over: Partial<TracedBuild> = {}) => spansOfBuild(aTracedBuild(over), sha256);
const named = (over: Partial<TracedBuild>, name: string) => trace(over).filter((span) => span.name === name);
const seconds = ({ startedAt, endedAt }: { startedAt: Date; endedAt: Date }) =>
  [startedAt, endedAt].map((one) => (one.getTime() - at(0).getTime()) / 1000);

test('the same record gives the same spans, each with an id of its own', () => {
  const spans = trace({ attempts: [anAttempt(1, { steps: [aStep(1), aStep(2)] }), anAttempt(2)] });
  expect(trace({ attempts: [anAttempt(1, { steps: [aStep(1), aStep(2)] }), anAttempt(2)] })).toEqual(spans);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  for (const { traceId, spanId } of spans) {
    expect(traceId).toBe('0f8fad5bd9cb469fa16570867728950e');
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
  }
});

test('each span lies below another one, but for that of the request', () => {
  const spans = trace({ attempts: [anAttempt(1, { steps: [aStep(1)] })], tagsBeganAt: at(50) });
  const parents = spans.map(({ name, parentSpanId }) => [
    name,
    spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? parentSpanId,
  ]);
  expect(parents).toEqual([
    ['accept build', null],
    ['BUILD buildx', 'accept build'],
    ['wait in queue', 'BUILD buildx'],
    ['attempt 1', 'BUILD buildx'],
    ['fetch source', 'attempt 1'],
    ['RUN step 1', 'attempt 1'],
    ['push to staging', 'attempt 1'],
    ['move tags', 'BUILD buildx'],
  ]);
});

test('a build without a request begins its trace itself, or goes on with the one that its request named', () => {
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  expect(trace({ requestedAt: null })[0]).toMatchObject({ name: 'BUILD buildx', parentSpanId: null });
  expect(trace({ parent })[0]).toMatchObject({ name: 'accept build', parentSpanId: parent.spanId });
  expect(new Set(trace({ parent }).map(({ traceId }) => traceId))).toEqual(new Set([parent.traceId]));
});

test('a request that the clock of the api has later than the database has the build takes no time', () => {
  expect(named({ requestedAt: at(3) }, 'accept build').map(seconds)).toEqual([[0, 0]]);
});

test('the time at the gate is none in the queue', () => {
  const over: Partial<TracedBuild> = {
    queued: [
      { from: at(0), to: at(10) },
      { from: at(30), to: at(50) },
    ],
    gate: { status: 'approved', from: at(30), to: at(45) },
  };
  expect(named(over, 'wait in queue').map(seconds)).toEqual([
    [0, 10],
    [45, 50],
  ]);
  expect(named(over, 'wait at gate').map(seconds)).toEqual([[30, 45]]);
});

test('source and staging have the length that was measured', () => {
  const attempts = [anAttempt(1, { steps: [aStep(1), aStep(2)] })];
  expect(named({ attempts }, 'fetch source').map(seconds)).toEqual([[11, 13]]);
  expect(named({ attempts }, 'push to staging').map(seconds)).toEqual([[22.5, 23]]);
});

test('a step that never ran has no span, and one that failed is the error that the build has', () => {
  const steps = [
    aStep(1, { cached: true }),
    aStep(2, { status: 'failed' }),
    aStep(3, { status: 'skipped', startedAt: null }),
  ];
  const spans = trace({
    ...{ result: 'failed', failureCode: 'build_step_failed', failureStep: 2 },
    attempts: [anAttempt(1, { end: 'failed', failureCode: 'build_step_failed', steps })],
  });
  const of = (name: string) => spans.find((span) => span.name === name);
  expect(of('RUN step 1')?.attributes).toMatchObject({ 'kiln.step.cached': true });
  expect(of('RUN step 3')).toBeUndefined();
  for (const name of ['BUILD buildx', 'attempt 1', 'RUN step 2']) {
    expect(of(name)?.attributes).toMatchObject({ 'error.type': 'build_step_failed' });
    expect(of(name)?.isError).toBe(true);
  }
  expect(of('BUILD buildx')?.attributes).toMatchObject({ 'cicd.pipeline.result': 'failure' });
});

test('an attempt that was lost is an error of its own in a build that succeeded', () => {
  const spans = trace({ attempts: [anAttempt(1, { end: 'worker_lost' }), anAttempt(2)] });
  expect(spans.filter(({ isError }) => isError).map(({ name }) => name)).toEqual(['attempt 1']);
  expect(spans.find(({ isError }) => isError)?.attributes).toMatchObject({
    'cicd.pipeline.task.run.result': 'error',
    'kiln.attempt.end': 'worker_lost',
  });
});

test('who is named in the address of a repository is not told', () => {
  const [, root] = trace({ repositoryUrl: 'https://ghp_token@git.example/app.git', branch: 'main' });
  expect(root?.attributes).toMatchObject({
    'vcs.repository.url.full': 'https://git.example/app.git',
    'vcs.ref.head.name': 'main',
    'vcs.ref.head.type': 'branch',
  });
});
