import type { DockerfileProblem } from '../domain/images/invalid-dockerfile.js';

/** Finds what a builder would refuse before it runs anything. `target` is the stage to build, the last one when null. */
export type CheckDockerfile = (
  text: string,
  options: { target: string | null },
) => readonly DockerfileProblem[];
