import type { RunFailure } from '../../domain/builds/outcome.js';
import { ERRORS } from '../../domain/errors.js';
import type { ArtifactTar, RunEnd, Hide } from '../../ports/engine.js';
import { explainHidden } from '../output/explain-hidden.js';
import {
  foreignProgram,
  invalidDockerfile,
  matchFailure,
  missingArtifact,
  unreadableBase,
  type Explanation,
} from './failure-rules.js';
import type { PlainText } from './plain-text.js';
import { exitCodeOf, type StepRecord } from './step-record.js';

const LAST_LINES = 20;

/** What is known when a run has ended. */
export interface RunEvidence {
  readonly hide: Hide;
  /** What the run was to keep, in the order in which it is gathered. */
  readonly keeps: readonly ArtifactTar[];
  readonly end: RunEnd;
  readonly digest: string | null;
  readonly failed: StepRecord | null;
  /** False as long as the frontend had not taken the whole Dockerfile. */
  readonly hasInstructions: boolean;
  readonly plainText: PlainText;
}

/** Why the run failed; null when it succeeded and left a digest. */
export function explainFailure(evidence: RunEvidence): RunFailure | null {
  const { end, failed, plainText } = evidence;
  const isDone = end.exitCode === 0 && end.signal === null;
  if (isDone && evidence.digest !== null) return null;
  const { code, stage, message } = isDone
    ? withoutDigest()
    : explainHidden((hide) => explain(evidence, hide), evidence.hide);
  const instruction = failed?.parsed.instruction ?? plainText.markedLine;
  return {
    code,
    stage,
    // Lines of the stages that Kiln has added are in no file that a person has.
    message: isGathering(failed) ? message : withPlace(message, plainText.dockerfileLine),
    retryable: ERRORS[code].retryable,
    stepNumber: failed?.number ?? null,
    instruction,
    exitCode: exitCodeOf(failed?.error ?? null) ?? end.exitCode,
    lastLines: lastLines(failed, plainText),
  };
}

function explain(evidence: RunEvidence, hide: Hide): Explanation {
  const { keeps, end, failed, hasInstructions, plainText } = evidence;
  const hideOrNull = (text: string | null): string | null => (text === null ? null : hide(text));
  const error = hideOrNull(plainText.error ?? failed?.error ?? null);
  const instruction = hideOrNull(failed?.parsed.instruction ?? plainText.markedLine);
  const foreign = /^exec (\S+): exec format error$/m.exec(
    hide(failed?.output.lastLines(LAST_LINES).join('\n') ?? ''),
  );
  if (foreign !== null && exitCodeOf(failed?.error ?? null) === 255) return foreignProgram(foreign[1] ?? '');
  if (error !== null) {
    const missing = isGathering(failed) ? /"(\/.*?)": not found/.exec(error) : null;
    if (missing !== null) return missingArtifact(missing[1] ?? '', gathered(failed, keeps));
    // What a token service answers to a push is told without the image at the end, and with it by the step.
    const known = matchFailure(error, instruction) ?? matchFailure(hide(failed?.error ?? ''), instruction);
    if (known !== null) return known;
    // What a token service answers comes without the image that it is about.
    const [, image] = /load metadata for (\S+)(?: \(\w+\))?$/.exec(hide(failed?.name ?? '')) ?? [];
    if (image !== undefined) return unreadableBase(image, error);
    if (failed !== null)
      return { code: 'build_step_failed', stage: 'build', message: `${hide(failed.name)}: ${error}` };
    // The frontend points at a line of a file that it has not turned into steps: no builder takes that file.
    if (plainText.markedLine !== null && !hasInstructions) return invalidDockerfile(error);
    return { code: 'engine_failed', stage: 'build', message: `BuildKit failed: ${error}` };
  }
  const how = end.signal === null ? `with exit code ${end.exitCode ?? 'unknown'}` : `by ${end.signal}`;
  return {
    code: 'engine_failed',
    stage: 'build',
    message: `buildctl was ended ${how} before the build was done.`,
  };
}

function isGathering(failed: StepRecord | null): boolean {
  return failed !== null && /^(?:\S+ )?kiln-(?:tests|artifacts)$/.test(failed.parsed.stage ?? '');
}

/** Which artifact a step of Kiln's own gathers, and of which stage. */
function gathered(
  failed: StepRecord | null,
  keeps: readonly ArtifactTar[],
): { readonly name: string; readonly stage: string } | null {
  const { instruction, stage: run } = failed?.parsed ?? {};
  const [, stage, index] = /^COPY --from=(\S+) .*\/(\d+)\W*$/.exec(instruction ?? '') ?? [];
  const type = run?.endsWith('kiln-tests') === true ? 'test_report' : 'build_output';
  const tar = keeps.find(({ artifacts }) => artifacts[0]?.type === type);
  const name = tar?.artifacts[Number(index)]?.name;
  return name === undefined || stage === undefined ? null : { name, stage };
}

function withoutDigest(): Explanation {
  return {
    code: 'engine_failed',
    stage: 'push',
    message: 'BuildKit reported success but named no image digest.',
  };
}

function withPlace(message: string, line: number | null): string {
  return line === null ? message : `${message.replace(/\.$/, '')} (Dockerfile line ${line}).`;
}

function lastLines(failed: StepRecord | null, plainText: PlainText): string[] {
  const printed = failed?.output.lastLines(LAST_LINES) ?? [];
  if (printed.length > 0) return printed;
  return plainText.lines.filter((line) => line.trim() !== '').slice(-LAST_LINES);
}
