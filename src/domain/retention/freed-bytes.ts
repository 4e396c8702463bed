import { registryOf } from '../images/registry-host.js';

/** A layer of an image that goes. */
export interface LayerOfImage {
  readonly imageId: string;
  readonly digest: string;
  readonly sizeBytes: number;
  /** An image that stays has it too. */
  readonly isShared: boolean;
}

/** Bytes of layers: those that nothing needs any more, and those that stay with other images. */
export interface FreedBytes {
  readonly freedBytes: number;
  readonly sharedBytes: number;
}

/** What registries can free when images go from repositories. Each layer counts once on each registry, which stores it once. */
export function freedBytes(
  images: readonly { readonly imageId: string; readonly repositories: readonly string[] }[],
  layers: readonly LayerOfImage[],
): FreedBytes {
  const repositories = new Map(images.map((image) => [image.imageId, image.repositories]));
  const counted = new Set<string>();
  const sums = { freedBytes: 0, sharedBytes: 0 };
  for (const { imageId, digest, sizeBytes, isShared } of layers) {
    for (const repository of repositories.get(imageId) ?? []) {
      const place = `${registryOf(repository)} ${digest}`;
      if (counted.has(place)) continue;
      counted.add(place);
      sums[isShared ? 'sharedBytes' : 'freedBytes'] += sizeBytes;
    }
  }
  return sums;
}
