import type { BaseImage } from '../domain/images/dockerfile/base-image.js';
import type { DockerfileProblem } from '../domain/images/invalid-dockerfile.js';

/** Finds what a builder would refuse before it runs anything. `target` is the stage to build, the last one when null. */
export type CheckDockerfile = (
  text: string,
  options: { target: string | null },
) => readonly DockerfileProblem[];

/** What a Dockerfile without error tells. */
export interface JudgedDockerfile {
  /** The image that the build will stand on; null when it is none, or unknown. */
  readonly baseImage: BaseImage | null;
  /** Registries (`host[:port]`) that its images come from. */
  readonly registries: readonly string[];
}

/**
 * The text of a Dockerfile inside a tar or tar.gz. dockerfile_missing with near candidates, context_invalid for what is no
 * archive, path_escapes_context for a path or an entry that leads out.
 */
export type ReadDockerfile = (archivePath: string, dockerfilePath: string) => Promise<string>;
