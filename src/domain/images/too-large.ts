import type { InspectedImage } from '../builds/outcome.js';
import { KilnError } from '../errors.js';
import { formatBytes } from '../format-bytes.js';
import type { EffectiveLimit } from '../limits/effective-limits.js';
import { howToRaise, namedLimit } from '../limits/how-to-raise.js';

const NAMED_LAYERS = 3;
const LONGEST_ORIGIN = 120;

/** Raises image_too_large, which names the largest layers and what made them. */
export function refuseLargeImage(
  limit: EffectiveLimit,
  image: Pick<InspectedImage, 'compressedSizeBytes' | 'layers' | 'platformImages'>,
): void {
  if (image.compressedSizeBytes <= limit.value) return;
  const ofPlatforms = (image.platformImages ?? []).flatMap(({ platform, layers }) =>
    layers.map((layer) => ({ ...layer, of: ` of ${platform ?? 'an unknown platform'}` })),
  );
  const largest = [...image.layers.map((layer) => ({ ...layer, of: '' })), ...ofPlatforms]
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, NAMED_LAYERS)
    .map(({ number, sizeBytes, createdBy, of }) => {
      const origin = createdBy === null ? '' : ` by ${createdBy.slice(0, LONGEST_ORIGIN)}`;
      return `layer ${number}${of} (${formatBytes(sizeBytes)})${origin}`;
    });
  throw new KilnError('image_too_large', {
    message: `The image has ${formatBytes(image.compressedSizeBytes)} compressed: more than ${namedLimit('image_max_bytes', limit)}. Largest: ${largest.join('; ')}. ${howToRaise('image_max_bytes', limit)}`,
  });
}
