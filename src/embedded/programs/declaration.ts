import type { VersionRange } from './version.js';

export type ProgramName =
  | 'postgres'
  | 'temporal'
  | 'registry'
  | 'buildkitd'
  | 'buildctl'
  | 'runc'
  | 'buildah'
  | 'kaniko'
  | 'hadolint'
  | 'syft'
  | 'lifecycle'
  | 'packer'
  | 'cni'
  | 'rootlesskit'
  | 'busybox'
  | 'pg_dump'
  | 'pg_restore';

/** Where a program was found. */
export type ProgramOrigin = 'configured' | 'path' | 'cache' | 'installed';

/** A program that may be used as it is. `path` is absolute. */
export interface FoundProgram {
  readonly path: string;
  readonly version: string;
  readonly origin: ProgramOrigin;
}

/** What an installer is given: an empty folder that becomes the bundle's folder, and a way to say what goes on. */
export interface InstallTarget {
  readonly folder: string;
  readonly onText: (text: string) => void;
}

/**
 * A pinned set of binaries that is installed as one: `<cache>/tools/<name>/<version>/bin/<binary>`. `install` fills
 * an empty folder and rejects with the reason when it cannot.
 */
export interface Bundle {
  readonly name: string;
  readonly version: string;
  /** Names the means, for messages: `Go`, `pip`, `npm`, `apt`. */
  readonly means: string;
  /** Why it may not be installed on this machine as things are, in words that say what to do. */
  readonly refusal?: () => string | undefined;
  readonly install: (target: InstallTarget) => Promise<void>;
}

/** Everything Kiln knows about one external program. */
export interface ProgramDeclaration {
  readonly name: ProgramName;
  /** The environment variable that configures its path, for messages. */
  readonly setting: string;
  /** The file names it goes by on PATH and in its bundles, the usual one first. */
  readonly binaries: readonly string[];
  /** Folders to look into after PATH. */
  readonly furtherFolders?: () => Promise<readonly string[]>;
  readonly versionArguments: readonly string[];
  /** Reads the version out of what the program prints; undefined means it is another program of that name, or unfit. */
  readonly readVersion: (output: string) => string | undefined;
  readonly accepts: VersionRange;
  /** A further look at the file: what makes it unfit, in words, or undefined when it will do. */
  readonly findFault?: (path: string) => Promise<string | undefined>;
  /** Pinned installs, the preferred one first. */
  readonly bundles: readonly Bundle[];
  /** Kiln builds without it; absent for a program that it cannot do without. */
  readonly isOptional?: true;
  /** What a person can do when nothing else helped. */
  readonly remedy: string;
}
