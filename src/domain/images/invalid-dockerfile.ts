import { KilnError } from '../errors.js';

const MAX_PROBLEMS = 20;

/** A stage, and the setting that names it: `target_stage`, `tests.target`. */
export interface NamedStage {
  readonly field: string;
  readonly target: string;
}

/** An error of a Dockerfile. Line and column count from 1. */
export interface DockerfileProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** A stage that was asked for and that the file has not. */
  readonly stage?: string;
}

/**
 * The refusal of a Dockerfile that has problems; `field` is what the request calls it. Where nothing is wrong but that it lacks stages, the
 * settings that name them are told (`stages`: what names which), not the file.
 */
export function invalidDockerfile(
  problems: readonly DockerfileProblem[],
  field: string,
  stages: readonly NamedStage[] = [],
): KilnError {
  const wrong = stages.flatMap(({ field: of, target }) =>
    problems.flatMap(({ stage, message }) => (stage === target ? [{ field: of, message }] : [])),
  );
  if (wrong.length > 0 && problems.every(({ stage }) => stage !== undefined))
    return new KilnError('invalid_request', {
      message: wrong.map(({ field: of, message }) => `${of}: ${message}`).join(' '),
      fields: wrong,
    });
  const told = problems
    .slice(0, MAX_PROBLEMS)
    .map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
  return new KilnError('dockerfile_invalid', {
    message: `The Dockerfile has an error: ${told[0] ?? ''}`,
    fields: told.map((message) => ({ field, message })),
  });
}
