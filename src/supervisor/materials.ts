import type { MaterialFile, Materials } from '../domain/images/materials.js';
import { hideInAddress } from '../domain/network/hide-in-address.js';
import type { RunPlan, RunVerdict } from '../ports/engine.js';
import { maskText } from './masking.js';
import type { Masks } from './masks.js';

/** What a run was made from: what its builder has recorded, or was given; undefined where the method tells neither. Names of images stay as they are, since builds stand on them; secrets in addresses are hidden. `pinned` are the images that the source names by digest. */
export function materialsOf(
  plan: Pick<RunPlan, 'images'> | null,
  verdict: Pick<RunVerdict, 'images'>,
  { files, pinned }: { readonly files: readonly MaterialFile[]; readonly pinned: readonly string[] },
  masks: Masks,
): Materials | undefined {
  const images = verdict.images ?? plan?.images;
  if (images === undefined) return undefined;
  return {
    images: images.map((image) => (pinned.includes(image.reference) ? { ...image, isPinned: true } : image)),
    files: files.map((file) => ({ ...file, uri: hideInAddress(file.uri, (text) => maskText(text, masks)) })),
  };
}
