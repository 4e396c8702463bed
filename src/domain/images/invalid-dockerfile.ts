import { KilnError } from '../errors.js';

const MAX_PROBLEMS = 20;

/** An error of a Dockerfile. Line and column count from 1. */
export interface DockerfileProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The refusal of a Dockerfile that has problems; `field` is what the request calls it. */
export function invalidDockerfile(problems: readonly DockerfileProblem[], field: string): KilnError {
  const told = problems
    .slice(0, MAX_PROBLEMS)
    .map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
  return new KilnError('dockerfile_invalid', {
    message: `The Dockerfile has an error: ${told[0] ?? ''}`,
    fields: told.map((message) => ({ field, message })),
  });
}
