import type { MaterialFile } from '../domain/images/materials.js';
import type { BaseImage } from '../domain/images/dockerfile/base-image.js';
import type { BuildWarning } from '../domain/builds/warning.js';
import type { DockerfileProblem } from '../domain/images/invalid-dockerfile.js';

/** Finds what a builder would refuse before it runs anything. `target` is the stage to build, the last one when null; `alsoBuilt` are others. */
export type CheckDockerfile = (
  text: string,
  options: { target: string | null; alsoBuilt?: readonly string[] | undefined },
) => readonly DockerfileProblem[];

/** What a lint says of a Dockerfile; `settings` is the `.hadolint.yaml` of its source, null without one. Raises what kept it from looking. */
export type LintDockerfile = (
  text: string,
  settings: string | null,
  signal: AbortSignal,
) => Promise<readonly BuildWarning[]>;

/** Of files that say what of the context no builder sees, for one Dockerfile alone. */
export const IGNORE_EXTENSIONS = ['.containerignore', '.dockerignore'] as const;

/** What a Dockerfile without error tells. */
export interface JudgedDockerfile {
  /** The Dockerfile itself. */
  readonly text: string;
  /** What lies beside it under its name and one of `IGNORE_EXTENSIONS`, by the extension. */
  readonly ignoreFiles?: Readonly<Record<string, string>>;
  /** The image that the build will stand on; null when it is none, or unknown. */
  readonly baseImage: BaseImage | null;
  /** Registries (`host[:port]`) that its images come from. */
  readonly registries: readonly string[];
  /** Those images themselves, as far as the stage that is built needs them and the file tells their names. */
  readonly images: readonly string[];
  /** Hosts (names, or addresses without brackets) that ADD may fetch from. */
  readonly sourceHosts: readonly string[];
  /** What ADD fetches for the stage that is built. */
  readonly remoteFiles?: readonly MaterialFile[];
}
