import type { RunFailure } from '../../domain/builds/outcome.js';
import { ERRORS } from '../../domain/errors.js';
import type { RunEnd, Hide } from '../../ports/engine.js';
import { explainHidden } from '../output/explain-hidden.js';
import { explainRegistry, type Explanation } from '../buildah/registry-failure.js';
import { explainBuild } from './failure-rules.js';
import type { PhaseName } from './order.js';
import type { OpenStep } from '../output/step-list.js';

const LAST_LINES = 20;

/** What is known when a run has ended. */
export interface RunEvidence {
  readonly hide: Hide;
  readonly end: RunEnd;
  readonly digest: string | null;
  /** The one that ran last; null when not even the first began. */
  readonly phase: { readonly name: PhaseName; readonly image: string | null } | null;
  /** What buildah said after `Error:`. */
  readonly error: string | null;
  readonly failed: OpenStep | null;
  /** What was printed outside the steps of the Dockerfile. */
  readonly plainLines: readonly string[];
}

/** Why the run failed; null when it succeeded and left a digest. */
export function explainFailure(evidence: RunEvidence): RunFailure | null {
  const { end, failed, error } = evidence;
  const isDone = end.exitCode === 0 && end.signal === null;
  if (isDone && evidence.digest !== null) return null;
  const { code, stage, message } = isDone
    ? stopWithoutDigest()
    : explainHidden((hide) => explain(evidence, hide), evidence.hide);
  return {
    code,
    stage,
    message,
    retryable: ERRORS[code].retryable,
    stepNumber: failed?.number ?? null,
    instruction: failed?.instruction ?? null,
    exitCode: exitCodeIn(error) ?? end.exitCode,
    lastLines: lastLines(evidence),
  };
}

/** The exit code of a step that buildah names in its error; null when the step ended otherwise. */
export function exitCodeIn(error: string | null): number | null {
  const match = /while running runtime: exit status (\d+)/.exec(error ?? '');
  return match === null ? null : Number(match[1]);
}

function explain({ end, phase, error, failed }: RunEvidence, hide: Hide): Explanation {
  if (error !== null && phase !== null) {
    return phase.name === 'build'
      ? explainBuild(hide(error), failed?.instruction == null ? null : hide(failed.instruction))
      : explainRegistry(phase.name, hide(phase.image ?? ''), hide(error));
  }
  const how = end.signal === null ? `with exit code ${end.exitCode ?? 'unknown'}` : `by ${end.signal}`;
  return {
    code: 'engine_failed',
    stage: 'build',
    message: `The builder was ended ${how} before the build was done.`,
  };
}

function stopWithoutDigest(): Explanation {
  return {
    code: 'engine_failed',
    stage: 'push',
    message: 'buildah reported success but named no image digest.',
  };
}

function lastLines({ failed, plainLines, error }: RunEvidence): string[] {
  const printed = failed?.output.lastLines(LAST_LINES) ?? [];
  // The error of a failing step only repeats the exit code.
  if (printed.length > 0 && failed?.instruction != null) return printed;
  const said = error === null ? [] : [`Error: ${error}`];
  return [...plainLines.filter((line) => line.trim() !== ''), ...printed, ...said].slice(-LAST_LINES);
}
