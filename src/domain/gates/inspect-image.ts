import { type InspectedImage, type InspectedManifest, manifestsOf } from '../builds/outcome.js';
import { formatBytes } from '../format-bytes.js';
import type { GatePolicy } from './gate-policy.js';

/** What the tag of a destination serves before the publication. */
export interface ServedImage {
  /** repository:tag */
  readonly destination: string;
  /** Null where nothing is served, or `trouble` says why it is not known. */
  readonly compressedSizeBytes: number | null;
  readonly trouble: string | null;
}

/** Against what the image is, by the rules of the gate, in words; empty when nothing is found. What is not known counts as found. */
export function inspectImage(
  gate: GatePolicy,
  image: InspectedImage,
  served: readonly ServedImage[],
): string[] {
  return [
    ...tooLarge(gate, image),
    ...served.flatMap((one) => grown(gate, image, one)),
    ...(gate.refuse_root ? manifestsOf(image).flatMap((manifest) => runsAsRoot(manifest)) : []),
  ];
}

function tooLarge({ max_compressed_bytes: most }: GatePolicy, image: InspectedImage): string[] {
  if (most === null || image.compressedSizeBytes <= most) return [];
  return [
    `the image is ${formatBytes(image.compressedSizeBytes)} compressed, more than ${formatBytes(most)}`,
  ];
}

function grown(
  { max_growth_percent: most }: GatePolicy,
  image: InspectedImage,
  served: ServedImage,
): string[] {
  if (most === null) return [];
  const { destination, trouble, compressedSizeBytes: before } = served;
  if (trouble !== null)
    return [
      `how much the image has grown is not known: what ${destination} serves could not be read (${trouble})`,
    ];
  if (before === null || image.compressedSizeBytes * 100 <= before * (100 + most)) return [];
  const percent =
    before === 0 ? '' : ` by ${Math.round((image.compressedSizeBytes / before - 1) * 1000) / 10} %`;
  return [
    `the image has grown${percent} over what ${destination} serves (${formatBytes(before)} to ${formatBytes(image.compressedSizeBytes)} compressed), more than ${most} %`,
  ];
}

function runsAsRoot({ user, platform }: InspectedManifest): string[] {
  const which = platform === null ? 'the image' : `the image for ${platform}`;
  if (user === undefined) return [`the user that ${which} runs as is not known`];
  const [name = ''] = (user ?? '').split(':');
  if (name !== '' && name !== 'root' && !/^[+-]?0+$/.test(name)) return [];
  return [`${which} runs as root${name === '' ? ': it sets no user' : ` (USER ${user})`}`];
}
