import { KilnError } from '../domain/errors.js';
import { baseLayerCount, splitReference, type UsedImage } from '../domain/images/used-images.js';
import type { Owner } from '../ports/dispatch.js';
import type { Explorations, ExploredImage, StandingImage } from '../ports/explorations.js';
import type { ImageRegistry } from '../ports/image-registry.js';

type Registry = Pick<ImageRegistry, 'diffIds'>;

/**
 * Finds the base image that an image stands on by the layers of its own manifest: of those that the build used, the one that the
 * Dockerfile names first. It marks what the build has recorded and adds no digest: what a tag stands for afterwards proves nothing of the
 * build, also where the layers fit.
 */
export function createRecogniseBase(deps: {
  readonly explorations: Pick<Explorations, 'standing' | 'saveBase'>;
  readonly registryFor: (owner: Owner) => Registry;
}): (image: ExploredImage, signal: AbortSignal) => Promise<void> {
  return async (image, signal) => {
    const registry = deps.registryFor(image);
    for (const standing of await deps.explorations.standing(image)) {
      if (standing.used.length === 0) continue;
      const own = await registry.diffIds(
        standing.repository,
        standing.digest,
        { platform: standing.platform, mayComeFromMirror: false },
        signal,
      );
      for (const used of standing.used) {
        const base = await readBase(registry, used, standing, signal);
        const layerCount = baseLayerCount(own?.diffIds ?? [], base?.diffIds ?? []);
        if (base === null || layerCount === 0) continue;
        const { reference, digest } = used;
        await deps.explorations.saveBase(image.tenantId, standing, { reference, digest, layerCount });
        break;
      }
    }
  };
}

/** Null where the registry does not show it: it is away, or it has no such image any more. */
async function readBase(
  registry: Registry,
  used: UsedImage,
  { platform }: StandingImage,
  signal: AbortSignal,
): Promise<{ diffIds: readonly string[] } | null> {
  const { name, tag } = splitReference(used.reference);
  try {
    return await registry.diffIds(
      name,
      used.digest ?? tag ?? 'latest',
      { platform, mayComeFromMirror: true },
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KilnError) return null;
    throw error;
  }
}
