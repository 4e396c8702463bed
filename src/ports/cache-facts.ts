import type { BuildMethod } from '../domain/builds/method.js';
import type { ComparedBuild } from '../domain/builds/cache-miss.js';

/** A build as rows tell it; the files of its context are in the list of its upload, and so is its Dockerfile. */
export type CacheFacts = Omit<ComparedBuild, 'files' | 'dockerfile'> & {
  readonly method: BuildMethod;
  /** SHA-256 of the list; null for a source that is no upload. */
  readonly uploadSha256: string | null;
  /** Folder of the upload that is the build context. */
  readonly contextFolder: string;
  /** The text of a Dockerfile that came with the build itself. */
  readonly dockerfileInline: string | null;
  /** Where the Dockerfile is in that folder; null for a method without one. */
  readonly dockerfilePath: string | null;
};

/** A build, and the one whose steps were built before: of the same project, method, target and platforms; null where there is none. */
export interface ComparedFacts {
  readonly now: CacheFacts;
  readonly before: CacheFacts | null;
}
