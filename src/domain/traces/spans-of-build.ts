import { errorType, type PipelineResult, pipelineResult } from '../builds/pipeline-run.js';
import type { Span } from './span.js';
import { traceIdOf } from './trace-id.js';
import type { TracedAttempt, TracedBuild, TracedStep } from './traced-build.js';

type Attributes = Span['attributes'];
interface Part {
  /** What it is in its build: its id follows from this alone. */
  readonly key: string;
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
  readonly attributes?: Attributes;
  readonly isError?: boolean;
}

const NAME_LENGTH = 200;

/**
 * The trace of a build that has ended: request, build, waits in queue and at the gate, attempts with source, steps and staging, publication
 * of each repository, tags. The same record gives the same spans with the same ids. Attributes are those of OpenTelemetry's conventions for
 * CI/CD (https://opentelemetry.io/docs/specs/semconv/cicd/cicd-spans/), and `kiln.*`.
 */
export function spansOfBuild(build: TracedBuild, sha256: (text: string) => string): Span[] {
  const traceId = traceIdOf(build.buildId, build.parent);
  const idOf = (key: string): string => sha256(`${build.buildId} ${key}`).slice(0, 16);
  const span = (part: Part, parentSpanId: string | null, kind: Span['kind'] = 'internal'): Span => ({
    ...{ traceId, spanId: idOf(part.key), parentSpanId, kind },
    name: part.name.slice(0, NAME_LENGTH),
    startedAt: part.from,
    endedAt: later(part.from, part.to),
    attributes: part.attributes ?? {},
    isError: part.isError ?? false,
  });
  const request = requestOf(build);
  const root = span(
    rootOf(build),
    request === null ? (build.parent?.spanId ?? null) : idOf(request.key),
    'server',
  );
  const below = (part: Part): Span => span(part, root.spanId);
  return [
    ...(request === null ? [] : [span(request, build.parent?.spanId ?? null, 'server')]),
    root,
    ...queueWaits(build).map(below),
    ...gateWait(build).map(below),
    ...build.attempts.flatMap((attempt) => {
      const own = below(attemptOf(build, attempt));
      return [own, ...partsOf(build, attempt).map((part) => span(part, own.spanId))];
    }),
    ...publications(build).map(below),
    ...tags(build).map(below),
  ];
}

/** From when the api had the request until the build was stored. */
function requestOf({ requestedAt, acceptedAt }: TracedBuild): Part | null {
  if (requestedAt === null) return null;
  // Two clocks.
  const from = requestedAt < acceptedAt ? requestedAt : acceptedAt;
  return { key: 'request', name: 'accept build', from, to: acceptedAt };
}

function rootOf(build: TracedBuild): Part {
  const result = pipelineResult(build);
  return {
    key: 'build',
    name: `BUILD ${build.method}`,
    ...{ from: build.acceptedAt, to: build.endedAt },
    attributes: known({
      'cicd.pipeline.name': build.method,
      'cicd.pipeline.run.id': build.buildId,
      'cicd.pipeline.action.name': 'BUILD',
      'cicd.pipeline.result': result,
      'error.type': errorTypeOf(result, build.failureCode),
      'vcs.repository.url.full': withoutUser(build.repositoryUrl),
      'vcs.ref.head.name': build.branch,
      'vcs.ref.head.type': build.branch === null ? null : 'branch',
      'vcs.ref.head.revision': build.commit,
      'oci.manifest.digest': build.imageDigest,
      'kiln.project': build.project,
      'kiln.build.number': build.number,
      'kiln.build.trigger': build.trigger,
    }),
    isError: isError(result),
  };
}

/** The time in the queue, without that at the gate. */
function queueWaits({ queued, gate }: TracedBuild): Part[] {
  const pieces = queued.flatMap(({ from, to }) => {
    if (gate === null || gate.to <= from || gate.from >= to) return [{ from, to }];
    return [
      { from, to: gate.from },
      { from: gate.to, to },
    ].filter((piece) => piece.from < piece.to);
  });
  return pieces.map((piece, index) => ({ key: `queue ${index + 1}`, name: 'wait in queue', ...piece }));
}

function gateWait({ gate }: TracedBuild): Part[] {
  if (gate === null) return [];
  const { status, ...span } = gate;
  return [{ key: 'gate', name: 'wait at gate', ...span, attributes: { 'kiln.gate.status': status } }];
}

function attemptOf(build: TracedBuild, attempt: TracedAttempt): Part {
  const result = resultOfAttempt(build, attempt);
  return {
    key: `attempt ${attempt.attempt}`,
    name: `attempt ${attempt.attempt}`,
    ...{ from: attempt.startedAt, to: attempt.endedAt ?? build.endedAt },
    attributes: known({
      ...taskOf('attempt', attempt.leaseId, result),
      'error.type': errorTypeOf(result, attempt.failureCode ?? attempt.end),
      'cicd.worker.id': attempt.workerId,
      'cicd.worker.name': attempt.worker,
      'kiln.attempt': attempt.attempt,
      'kiln.attempt.end': attempt.end,
    }),
    isError: isError(result),
  };
}

function resultOfAttempt(build: TracedBuild, { end, failureCode }: TracedAttempt): PipelineResult {
  switch (end) {
    case 'succeeded':
    case 'held':
      return 'success';
    case 'failed':
      return pipelineResult({ result: 'failed', failureCode });
    case 'cancelled':
      return 'cancellation';
    case null:
      return pipelineResult(build);
    case 'worker_lost':
    case 'grant_unacknowledged':
    case 'run_lost':
      return 'error';
  }
}

/** Source and staging have a measured length: the one begins when the host takes the attempt up, the other ends with the last step. */
function partsOf(build: TracedBuild, attempt: TracedAttempt): Part[] {
  const { takenUpAt, sourceMs, pushMs, steps } = attempt;
  const of = (what: string): string => `attempt ${attempt.attempt} ${what}`;
  const parts: Part[] = [];
  if (takenUpAt !== null && sourceMs !== null)
    parts.push({ key: of('source'), name: 'fetch source', from: takenUpAt, to: plus(takenUpAt, sourceMs) });
  for (const step of steps) {
    if (step.startedAt === null) continue;
    parts.push(stepOf(build, attempt, { ...step, startedAt: step.startedAt }, of(`step ${step.number}`)));
  }
  const lastEnd = steps.reduce<Date | null>(
    (last, { completedAt }) =>
      last === null ? completedAt : completedAt === null ? last : later(last, completedAt),
    null,
  );
  if (lastEnd !== null && pushMs !== null)
    parts.push({ key: of('staging'), name: 'push to staging', from: plus(lastEnd, -pushMs), to: lastEnd });
  return parts;
}

function stepOf(
  build: TracedBuild,
  attempt: TracedAttempt,
  step: TracedStep & { readonly startedAt: Date },
  key: string,
): Part {
  const result = resultOfStep(step);
  const isCulprit = attempt === build.attempts.at(-1) && step.number === build.failureStep;
  return {
    key,
    name: step.name,
    ...{ from: step.startedAt, to: step.completedAt ?? attempt.endedAt ?? build.endedAt },
    attributes: known({
      ...taskOf(step.name, step.id, result),
      'error.type': errorTypeOf(result, isCulprit ? build.failureCode : null),
      'kiln.step.number': step.number,
      'kiln.step.instruction': step.instruction,
      'kiln.step.cached': step.cached,
    }),
    isError: isError(result),
  };
}

function resultOfStep({ status }: TracedStep): PipelineResult | 'skip' {
  if (status === 'failed') return 'failure';
  return status === 'success' ? 'success' : 'skip';
}

function publications(build: TracedBuild): Part[] {
  return build.publications.map(({ repository, status, startedAt, completedAt }) => {
    const result = status === 'copied' ? 'success' : pipelineResult(build);
    return {
      key: `publication ${repository}`,
      name: 'publish',
      ...{ from: startedAt, to: completedAt ?? build.endedAt },
      attributes: known({
        ...taskOf('publish', `${build.buildId} ${repository}`, result),
        'error.type': errorTypeOf(result, build.failureCode),
        'container.image.name': repository,
      }),
      isError: isError(result),
    };
  });
}

/** From the first move of a tag until the build had ended. */
function tags({ tagsBeganAt, endedAt }: TracedBuild): Part[] {
  return tagsBeganAt === null ? [] : [{ key: 'tags', name: 'move tags', from: tagsBeganAt, to: endedAt }];
}

function taskOf(name: string, id: string, result: PipelineResult | 'skip') {
  return {
    'cicd.pipeline.task.name': name,
    'cicd.pipeline.task.run.id': id,
    'cicd.pipeline.task.run.result': result,
  };
}

function isError(result: PipelineResult | 'skip'): boolean {
  return result === 'failure' || result === 'error' || result === 'timeout';
}

function errorTypeOf(result: PipelineResult | 'skip', code: string | null): string | null {
  return isError(result) ? errorType(code ?? '') : null;
}

/** A user name in an address may be a token. */
function withoutUser(url: string | null): string | null {
  return url?.replace(/^([a-z+]+:\/\/)[^@/]*@/, '$1') ?? null;
}

function known(attributes: Readonly<Record<string, string | number | boolean | null>>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

function later(one: Date, other: Date): Date {
  return one < other ? other : one;
}

function plus(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}
