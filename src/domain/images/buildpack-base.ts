import type { BaseImage } from './dockerfile/base-image.js';
import { parseReference, printRepository } from './reference.js';

/** The label in which the lifecycle of buildpacks says how it made an image. */
export const LIFECYCLE_LABEL = 'io.buildpacks.lifecycle.metadata';

interface RunImage {
  readonly image?: unknown;
  readonly reference?: unknown;
}

/** The run image that buildpacks have put an image upon, by the label that they leave; null without a label that can be read. */
export function buildpackBase(label: string | undefined): BaseImage | null {
  if (label === undefined) return null;
  try {
    const { runImage } = JSON.parse(label) as { runImage?: RunImage };
    const pinned = typeof runImage?.reference === 'string' ? parseReference(runImage.reference) : null;
    const named = typeof runImage?.image === 'string' ? parseReference(runImage.image) : pinned;
    if (named === null) return null;
    return { name: printRepository(named), tag: named.tag, digest: pinned?.digest ?? null };
  } catch {
    return null;
  }
}
