import type { RunFailure } from '../../domain/builds/outcome.js';
import { excerpt } from '../../domain/excerpt.js';
import { ERRORS } from '../../domain/errors.js';
import type { RunEnd, Hide } from '../../ports/engine.js';
import { explainHidden } from '../output/explain-hidden.js';
import { explainRegistry, told, type Explanation } from '../buildah/registry-failure.js';
import { killedHint } from '../output/killed-hint.js';
import type { OpenStep } from '../output/step-list.js';
import { explainTemplate } from './diagnostics.js';
import type { PhaseName } from './order.js';
import type { Place } from './records.js';

const LAST_LINES = 20;
const DOCKER =
  'The template names a source of the Docker builder, and no build has a Docker daemon. Use a source "null" and run buildah in a provisioner "shell-local", as examples/packer does, or another method.';
const NO_IMAGE =
  'The template left no image. Its last step has to write one to ${var.kiln_image}: buildah commit CONTAINER "${var.kiln_image}".';

/** Why the launcher did not go on after a phase that ended well. */
export type StopReason = 'no-image' | 'docker' | { readonly undeclared: readonly string[] };

/** What is known when a run has ended. */
export interface RunEvidence {
  readonly hide: Hide;
  readonly end: RunEnd;
  readonly digest: string | null;
  /** The one that ran last; null when not even the first began. */
  readonly phase: {
    readonly name: Exclude<PhaseName, 'locate' | 'tag'>;
    readonly image: string | null;
  } | null;
  /** What packer said of the template or of a step, or what buildah said after `Error:`. */
  readonly error: string | null;
  /** Why the launcher did not go on. */
  readonly stopped: StopReason | null;
  readonly failed: OpenStep | null;
  /** Where the template breaks the syntax of HCL. */
  readonly places: readonly Place[];
  /** What was printed outside of steps, by the last phase. */
  readonly plainLines: readonly string[];
}

/** Why the run failed; null when it succeeded and left a digest. */
export function explainFailure(evidence: RunEvidence): RunFailure | null {
  const { end, failed, error } = evidence;
  const isDone = end.exitCode === 0 && end.signal === null;
  if (isDone && evidence.digest !== null) return null;
  const { code, stage, message } = isDone
    ? told('engine_failed', 'push', 'buildah reported success but named no image digest.')
    : explainHidden((hide) => explain(evidence, hide), evidence.hide);
  const printed = failed?.output.lastLines(LAST_LINES) ?? [];
  const hasPrinted = printed.length > 0 && failed?.instruction != null;
  return {
    code,
    stage,
    message,
    retryable: ERRORS[code].retryable,
    stepNumber: failed?.number ?? null,
    instruction: failed?.instruction ?? null,
    exitCode: exitCodeIn(error) ?? end.exitCode,
    lastLines: hasPrinted
      ? printed
      : [...printed, ...evidence.plainLines.filter((line) => line.trim() !== '')].slice(-LAST_LINES),
  };
}

/** The exit code of a script that packer names; null when it ended otherwise. */
export function exitCodeIn(error: string | null): number | null {
  const match = /exited with non-zero exit status: (\d+)/.exec(error ?? '');
  return match === null ? null : Number(match[1]);
}

function explain(evidence: RunEvidence, hide: Hide): Explanation {
  const { end, phase, stopped, failed } = evidence;
  const error = evidence.error === null ? null : hide(evidence.error);
  const name = failed === null ? null : hide(failed.name);
  if (stopped === 'docker') return told('template_invalid', 'compile', DOCKER);
  if (stopped !== null && typeof stopped === 'object')
    return told('template_invalid', 'compile', undeclared(stopped.undeclared));
  if (stopped === 'no-image' && name !== null)
    return told('engine_failed', 'build', `packer ended before ${name} was done.`);
  if (stopped === 'no-image') return told('template_invalid', 'build', NO_IMAGE);
  if (error !== null && phase !== null) {
    if (/no space left on device/.test(error))
      return told('disk_full', 'build', 'The disk of the build host is full.');
    switch (phase.name) {
      case 'pull':
      case 'push':
        return explainRegistry(phase.name, hide(phase.image ?? ''), error);
      case 'init':
      case 'validate':
        return explainTemplate(error, evidence.places);
      case 'read':
        return told(
          'template_invalid',
          'build',
          `What the template left at \${var.kiln_image} is not one image: ${excerpt(error, 300)}.`,
        );
      case 'build':
        return explainBuild(name ?? 'A step', error);
    }
  }
  const how = end.signal === null ? `with exit code ${end.exitCode ?? 'unknown'}` : `by ${end.signal}`;
  return told('engine_failed', 'build', `packer was ended ${how} before the build was done.`);
}

/** build_args and the ids of secrets are variables of the template. */
function undeclared(names: readonly string[]): string {
  const [one = '', ...more] = names.map((name) => JSON.stringify(name));
  const them = more.length === 0 ? `variable ${one}` : `variables ${[one, ...more].join(', ')}`;
  return `The template declares no ${them}: correct the name in build_args or secrets, or declare it: variable ${one} { type = string }.`;
}

function explainBuild(what: string, error: string): Explanation {
  const exitCode = exitCodeIn(error);
  if (exitCode === null)
    return told('build_step_failed', 'build', `${what}: ${excerpt(error.replaceAll(/\s*\n\s*/g, ' '), 300)}`);
  return told(
    'build_step_failed',
    'build',
    `${what} failed with exit code ${exitCode}${killedHint(exitCode)}.`,
  );
}
