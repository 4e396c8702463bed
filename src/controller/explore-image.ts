import { toKilnError } from '../domain/errors.js';
import type { Explorations, ExploredImage, ExploreManifest } from '../ports/explorations.js';

/**
 * Says which base image an image stands on, and looks into the layers of an image: each layer once for its tenant, each manifest once. What is stored already is not done again, so a
 * repetition goes on where the last one ended. Why a try came to nothing is noted.
 */
export function createExploreImage(deps: {
  readonly explorations: Explorations;
  readonly exploreManifest: ExploreManifest;
  readonly recogniseBase: (image: ExploredImage, signal: AbortSignal) => Promise<void>;
}): (image: ExploredImage, signal: AbortSignal) => Promise<void> {
  const { explorations, exploreManifest, recogniseBase } = deps;
  const explore = async (image: ExploredImage, signal: AbortSignal): Promise<void> => {
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
  return async (image, signal) => {
    try {
      await explore(image, signal);
    } catch (error) {
      // The try fails with what it failed of, whether or not that could be noted.
      if (!signal.aborted)
        await explorations
          .noteFailedTry(image.tenantId, image.digest, toKilnError(error).message)
          .catch(() => undefined);
      throw error;
    }
  };
}
