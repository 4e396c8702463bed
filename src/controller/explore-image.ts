import type { Explorations, ExploredImage, ExploreManifest } from '../ports/explorations.js';

/**
 * Says which base image an image stands on, and looks into the layers of an image: each layer once for its tenant, each manifest once. What is stored already is not done again, so a
 * repetition goes on where the last one ended.
 */
export function createExploreImage(deps: {
  readonly explorations: Explorations;
  readonly exploreManifest: ExploreManifest;
  readonly recogniseBase: (image: ExploredImage, signal: AbortSignal) => Promise<void>;
}): (image: ExploredImage, signal: AbortSignal) => Promise<void> {
  const { explorations, exploreManifest, recogniseBase } = deps;
  return async (image, signal) => {
    const { tenantId, digest } = image;
    await recogniseBase(image, signal);
    for (const manifest of await explorations.unexplored(image)) {
      signal.throwIfAborted();
      const contents = await exploreManifest(
        image,
        manifest,
        (layer, found) => explorations.saveLayer(tenantId, layer, found),
        signal,
      );
      await explorations.finish(tenantId, manifest.digest, contents);
    }
    await explorations.finishIndex(tenantId, digest);
  };
}
