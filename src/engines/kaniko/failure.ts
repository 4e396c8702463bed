import { namedInstruction } from '../../domain/builds/named-instruction.js';
import type { RunFailure } from '../../domain/builds/outcome.js';
import { excerpt } from '../../domain/excerpt.js';
import { ERRORS } from '../../domain/errors.js';
import { judgeRegistryWords } from '../../domain/images/registry-words.js';
import type { RunEnd, Hide } from '../../ports/engine.js';
import { explainHidden } from '../output/explain-hidden.js';
import { told, type Explanation } from '../buildah/registry-failure.js';
import { killedHint } from '../output/killed-hint.js';
import type { OpenStep } from '../output/step-list.js';

const LAST_LINES = 20;

/** What is known when a run has ended. */
export interface RunEvidence {
  readonly hide: Hide;
  readonly end: RunEnd;
  readonly digest: string | null;
  /** The last line in which the executor says why it ends. */
  readonly error: string | null;
  /** The step that was open. */
  readonly open: OpenStep | null;
  /** What was printed outside steps. */
  readonly plainLines: readonly string[];
}

/** Why the run failed; null when it succeeded and left a digest. */
export function explainFailure(evidence: RunEvidence): RunFailure | null {
  const { end, open, error } = evidence;
  const isDone = end.exitCode === 0 && end.signal === null;
  if (isDone && evidence.digest !== null) return null;
  const { code, stage, message } = isDone
    ? told('engine_failed', 'push', 'kaniko reported success but named no image digest.')
    : explainHidden((hide) => explain(evidence, hide), evidence.hide);
  const blamed = error !== null && isBeforeItsStep(error) ? null : open;
  const printed = blamed?.output.lastLines(LAST_LINES) ?? [];
  return {
    code,
    stage,
    message,
    retryable: ERRORS[code].retryable,
    stepNumber: blamed?.number ?? null,
    instruction: blamed?.instruction ?? null,
    exitCode: exitCodeIn(error) ?? end.exitCode,
    lastLines:
      printed.length > 0
        ? printed
        : [...evidence.plainLines, ...(error === null ? [] : [error])].slice(-LAST_LINES),
  };
}

/** The executor looks for the files of COPY and ADD before it names the instruction: the step before is not at fault. */
export function isBeforeItsStep(error: string): boolean {
  return error.includes('failed to get files used from context');
}

/** The exit code of a RUN step that the executor names; null when it ended otherwise. */
export function exitCodeIn(error: string | null): number | null {
  const match = /waiting for process to exit: exit status (\d+)/.exec(error ?? '');
  return match === null ? null : Number(match[1]);
}

function explain(evidence: RunEvidence, hide: Hide): Explanation {
  const { end } = evidence;
  const error = evidence.error === null ? null : hide(evidence.error);
  const instruction =
    evidence.open?.instruction == null ? evidence.open?.instruction : hide(evidence.open.instruction);
  if (error === null) {
    const how = end.signal === null ? `with exit code ${end.exitCode ?? 'unknown'}` : `by ${end.signal}`;
    return told('engine_failed', 'build', `kaniko was ended ${how} before the build was done.`);
  }
  const isPush = instruction === null || /^error (?:checking push permissions|pushing image)/.test(error);
  const stage = isPush ? 'push' : 'build';
  const exitCode = exitCodeIn(error);
  if (exitCode !== null)
    return told(
      'build_step_failed',
      'build',
      `${shortened(instruction)} failed with exit code ${exitCode}${killedHint(exitCode)}.`,
    );
  if (/waiting for process to exit: signal: /.test(error))
    return told(
      'build_step_failed',
      'build',
      `${shortened(instruction)} was killed, most often for want of memory.`,
    );
  if (/no space left on device/.test(error) && !isRegistrys(error))
    return told('disk_full', stage, 'The disk of the build host is full.');
  if (/parse error|parsing dockerfile/.test(error))
    return told('dockerfile_invalid', 'compile', `${tail(error)}.`);
  if (/failed to find.*target|target stage|not a valid target build stage/i.test(error))
    return told('dockerfile_invalid', 'compile', 'The Dockerfile has no such stage; correct "target_stage".');
  const [, absent] = /\/kaniko\/buildcontext\/(\S+): no such file or directory$/.exec(error) ?? [];
  if (absent !== undefined)
    return told(
      'build_step_failed',
      'build',
      `"${absent}" is not there to be copied: it is neither in the build context (see .dockerignore) nor in the named stage.`,
    );
  if (!isPush && /MANIFEST_UNKNOWN|NAME_UNKNOWN/.test(error))
    return told(
      'base_image_missing',
      'build',
      `The base image does not exist on its registry: ${tail(error)}.`,
    );
  if (/lookup \S+( on \S+)?: |network is unreachable/.test(error))
    return told(
      'host_not_allowed',
      stage,
      `kaniko reaches only registries that the build names: ${tail(error)}. Name it in the Dockerfile itself, or use the method buildx.`,
    );
  const trouble = isRegistrys(error) ? judgeRegistryWords(error, null) : null;
  if (trouble !== null) {
    const what = isPush ? 'The image could not be pushed' : 'The base image could not be read';
    return told(trouble.code, stage, `${what}: ${trouble.what} (${tail(error)}). ${trouble.remedy}`);
  }
  if (instruction != null)
    return told('build_step_failed', 'build', `${shortened(instruction)}: ${tail(error)}.`);
  return told('engine_failed', stage, `kaniko failed: ${tail(error)}.`);
}

/** What says nothing of a registry may hold the same words: `permission denied` is a file's. */
function isRegistrys(error: string): boolean {
  return /https?:\/\/|dial tcp|x509|tls: /.test(error);
}

function shortened(instruction: string | null | undefined): string {
  if (instruction == null) return 'A step';
  return namedInstruction(instruction);
}

/** The end of a nested error, which says what really happened. */
function tail(error: string): string {
  return excerpt(error.split(/:\s+/).slice(-3).join(': '), 300);
}
