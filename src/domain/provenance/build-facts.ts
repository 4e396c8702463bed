import type { BuildMethod } from '../builds/method.js';
import type { AskedResources } from '../builds/resources.js';
import type { Trust } from '../builds/trust.js';
import type { MaterialFile } from '../images/materials.js';
import type { UsedImage } from '../images/used-images.js';

/** Where the source of a build came from. Digests are SHA-256 in hexadecimal. */
export type SourceFacts =
  | {
      readonly kind: 'git';
      readonly url: string;
      readonly ref: string | null;
      readonly commit: string | null;
      readonly folder: string | null;
      readonly submodules: boolean;
      readonly lfs: boolean;
    }
  | { readonly kind: 'upload'; readonly contextSha256: string; readonly commit: string | null }
  | { readonly kind: 'inline' };

/** What the record of a build that succeeded says of how its image came about. Times are ISO 8601. */
export interface BuildFacts {
  readonly buildId: string;
  /** The build that made the image: another one where this one only published it. */
  readonly madeByBuildId: string;
  readonly project: string;
  readonly buildNumber: number;
  readonly attempt: number;
  readonly method: BuildMethod;
  readonly trust: Trust;
  readonly imageDigest: string;
  readonly repository: string;
  readonly destinations: readonly string[];
  readonly source: SourceFacts;
  /** As the schema of the method gave them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** SHA-256 of the options that hold a whole text, by name. */
  readonly textDigests: Readonly<Record<string, string>>;
  readonly buildTimeoutMs: number;
  /** What the build asked for of its host. */
  readonly resources: AskedResources;
  readonly usedImages: readonly UsedImage[];
  /** What ADD fetched. */
  readonly usedFiles: readonly MaterialFile[];
  /** Name and version of the programs that built it. */
  readonly tools: Readonly<Record<string, string>>;
  readonly kilnVersion: string;
  readonly builderId: string;
  readonly startedAt: string | null;
  readonly finishedAt: string;
  readonly log: { readonly sha256: string; readonly lines: number } | null;
  /** Values of secrets that the build could use: they appear in no text of people; a name of an image may be like one. */
  readonly hidden: readonly string[];
}
