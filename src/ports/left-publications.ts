import type { KilnError } from '../domain/errors.js';
import type { Owner } from './dispatch.js';
import type { ImageRegistry } from './image-registry.js';

/** What is asked of the registries of a project to tidy up after a publication. */
export type TidyingRegistry = Pick<ImageRegistry, 'tagged' | 'remove' | 'endUploads'>;

/** What became of one look at what a build has left. */
export interface Tidied {
  /** `repository@digest` of the manifests that were there and are removed. */
  readonly removed: readonly string[];
  /** Of each repository where it came to nothing, the reason. */
  readonly troubles: readonly { readonly repository: string; readonly error: KilnError }[];
}

/** What publications that came to nothing have left at their destinations. */
export interface LeftPublications {
  /**
   * Of a build that was cancelled or failed: ends the uploads that are open, and removes the manifests that its publication has brought to a
   * repository where no tag, image or other publication uses them. Repeating removes what has come late. What was found of each repository is
   * kept in its publication, with when it is looked at next; one that fails holds up no other.
   */
  tidyUp(
    buildId: string,
    registryFor: (owner: Owner) => TidyingRegistry,
    signal?: AbortSignal,
  ): Promise<Tidied>;
  /** Builds whose next look is due, the longest overdue first. */
  due(limit: number): Promise<string[]>;
}
