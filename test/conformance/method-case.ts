import type { TestKiln } from '../scenarios/kiln.js';

/** What a build of any method is to do: one shell script in one step of it. */
export interface Work {
  /** Run by the image's shell; what it prints is the step's. */
  readonly script: string;
  /** Name of a stored secret that the script reads from `$SECRET_FILE`. */
  readonly secret?: string;
  /** A file of the source that the build needs, and that is not there. */
  readonly missingFile?: string;
}

/** The part of a request for a build that says what is built. */
export interface BuildRequest {
  readonly method: string;
  readonly source: object;
  readonly options: Record<string, unknown>;
}

/** One build method in the suite: how it is made to do some work, and what it says of itself that not every method can say. */
export interface MethodCase {
  readonly method: string;
  /** Makes what its builds need once a Kiln runs. */
  prepare(kiln: TestKiln): Promise<(work: Work) => Promise<BuildRequest>>;
  /** Why it takes no secret; null where it takes them. */
  readonly refusesSecrets: string | null;
  /** Why it keeps none; absent where it does. */
  readonly keepsNoCache?: string;
  /** The setting that keeps its cache, where it needs one to have any. */
  cacheOptions?(kiln: TestKiln): Record<string, unknown>;
}
