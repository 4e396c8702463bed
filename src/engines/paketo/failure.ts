import type { RunFailure } from '../../domain/builds/outcome.js';
import type { FailureStage } from '../../domain/builds/status.js';
import { excerpt } from '../../domain/excerpt.js';
import { ERRORS, type ErrorCode } from '../../domain/errors.js';
import { judgeRegistryWords } from '../../domain/images/registry-words.js';
import type { RunEnd, Hide } from '../../ports/engine.js';
import { explainHidden } from '../output/explain-hidden.js';
import { killedHint } from '../output/killed-hint.js';
import type { OpenStep } from '../output/step-list.js';
import type { PhaseName } from './order.js';

const LAST_LINES = 20;

/** What is known when a run has ended. */
export interface RunEvidence {
  readonly hide: Hide;
  readonly end: RunEnd;
  readonly digest: string | null;
  /** What kept the launcher from going on. */
  readonly fault: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly said?: string | undefined;
  } | null;
  /** The phase that ended badly, or did not end. */
  readonly phase: PhaseName | null;
  readonly exitCode: number | null;
  /** The last error of the lifecycle. */
  readonly error: string | null;
  readonly tried: readonly { readonly buildpack: string; readonly result: string }[];
  /** The step that was open, and the buildpack whose step it is. */
  readonly open: OpenStep | null;
  readonly buildpack: string | null;
  /** What was printed outside steps. */
  readonly plainLines: readonly string[];
}

/** Why the run failed; null when it succeeded and left a digest. */
export function explainFailure(evidence: RunEvidence): RunFailure | null {
  const { end, open } = evidence;
  const isDone = end.exitCode === 0 && end.signal === null;
  if (isDone && evidence.digest !== null) return null;
  const { code, message } = isDone
    ? reason('engine_failed', 'The lifecycle reported success but named no image digest.')
    : explainHidden((hide) => explain(evidence, hide), evidence.hide);
  const printed = open?.output.lastLines(LAST_LINES) ?? [];
  return {
    code,
    stage: stageOf(evidence.phase, code),
    message,
    retryable: ERRORS[code].retryable,
    stepNumber: open?.number ?? null,
    instruction: evidence.buildpack,
    exitCode: scriptExitCode(evidence.error) ?? evidence.exitCode ?? end.exitCode,
    lastLines: printed.length > 0 ? printed : evidence.plainLines.slice(-LAST_LINES),
  };
}

/** The exit code of a buildpack's script that the lifecycle names; null when it ended otherwise. */
export function scriptExitCode(error: string | null): number | null {
  const match = /exit status (\d+)$/.exec(error ?? '');
  return match === null ? null : Number(match[1]);
}

function stageOf(phase: PhaseName | null, code: ErrorCode): FailureStage {
  if (code === 'buildpack_not_detected' || phase === 'detect') return 'compile';
  return phase === 'export' ? 'push' : 'build';
}

function explain(evidence: RunEvidence, hide: Hide): Reason {
  const { fault, phase, exitCode, error, tried, buildpack, end } = evidence;
  if (fault !== null) return reason(fault.code, faultInWords(fault, hide));
  const said = hide(error ?? '');
  if (exitCode === null || phase === null) {
    const how = end.signal === null ? `with exit code ${end.exitCode ?? 'unknown'}` : `by ${end.signal}`;
    return reason('engine_failed', `The build was ended ${how} before it was done.`);
  }
  if (/no space left on device/i.test(`${said} ${evidence.plainLines.join(' ')}`))
    return reason('disk_full', 'The disk of the build host is full.');
  if (exitCode === 11 || exitCode === 12)
    return reason(
      'builder_invalid',
      `The builder does not fit the lifecycle of this Kiln: ${shortened(said)}.`,
    );
  if (phase === 'detect' && (exitCode === 20 || exitCode === 21)) {
    const list = tried.map((one) => `${one.buildpack} (${RESULTS[one.result] ?? one.result})`).join(', ');
    return reason('buildpack_not_detected', `No group of buildpacks takes the source; tried: ${list}.`);
  }
  if (phase === 'build' && buildpack !== null) {
    const status = scriptExitCode(error);
    if (status !== null)
      return reason(
        'build_step_failed',
        `The buildpack ${buildpack} failed with exit code ${status}${killedHint(status)}.`,
      );
    if (/signal: killed/.test(said) || exitCode === 137)
      return reason(
        'build_step_failed',
        `The buildpack ${buildpack} was killed, most often for want of memory.`,
      );
    return reason('build_step_failed', `The buildpack ${buildpack} failed: ${shortened(said)}.`);
  }
  const trouble = judgeRegistryWords(said, null);
  if (trouble !== null)
    return reason(trouble.code, `${sentence(trouble.what)} (${shortened(said)}). ${trouble.remedy}`);
  if (/\b50[0-9]\b/.test(said))
    return reason('registry_unreachable', `A registry does not answer: ${shortened(said)}.`);
  return reason(
    'engine_failed',
    `The phase ${phase} failed: ${said === '' ? `exit code ${exitCode}` : shortened(said)}.`,
  );
}

/** What the launcher says of a fault, with the beginning of what a program has said of it. */
function faultInWords({ message, said = '' }: NonNullable<RunEvidence['fault']>, hide: Hide): string {
  return hide(message.replace(said, () => shortened(hide(said))));
}

interface Reason {
  readonly code: ErrorCode;
  readonly message: string;
}

function reason(code: ErrorCode, message: string): Reason {
  return { code, message };
}

const RESULTS: Readonly<Record<string, string>> = {
  err: 'error',
  fail: 'no',
  pass: 'yes',
  skip: 'no, optional',
};

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function shortened(error: string): string {
  return excerpt(error.replace(/\.$/, ''), 400);
}
