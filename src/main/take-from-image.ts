import { takeFromLayers } from '../adapters/layers/take-from-layers.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import { knownCredentials } from '../adapters/registry/known-credentials.js';
import type { RegistryTransport } from '../adapters/registry/transport.js';
import { manifestsOf } from '../domain/builds/outcome.js';
import type { TakeFromImage } from '../ports/test-reports.js';

/** Takes paths out of images as a registry serves them; of an index out of the first of its images. Base images hold no reports of a build. */
export function createTakeFromImage(transport: RegistryTransport): TakeFromImage {
  return async (image, path, into, known, signal) => {
    const registry = createImageRegistry({ transport, credentials: knownCredentials(known) });
    const layers = manifestsOf(image)[0]?.layers ?? [];
    const own = layers.filter(({ isBaseLayer }) => isBaseLayer !== true);
    await takeFromLayers(
      own.toReversed().map(
        ({ digest }) =>
          () =>
            registry.readBlob(image.repository, digest, signal),
      ),
      path,
      into,
    );
  };
}
