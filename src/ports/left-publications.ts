import type { Owner } from './dispatch.js';
import type { ImageRegistry } from './image-registry.js';

/** What is asked of the registries of a project to tidy up after a publication. */
export type TidyingRegistry = Pick<ImageRegistry, 'tagged' | 'remove' | 'endUploads'>;

/** What publications that came to nothing have left at their destinations. */
export interface LeftPublications {
  /**
   * Of a build that was cancelled or failed: ends the uploads that are open, and removes the manifests that its publication has brought to a
   * repository where no tag, image or other publication uses them. Gives `repository@digest` of those. Repeating removes what has come late.
   * A registry that fails is not waited for: its error is raised, and what was done before counts.
   */
  tidyUp(
    buildId: string,
    registryFor: (owner: Owner) => TidyingRegistry,
    signal?: AbortSignal,
  ): Promise<string[]>;
}
