import type { BaseImage } from './dockerfile/base-image.js';
import type { MaterialImage } from './materials.js';
import { type ImageReference, parseReference, printReference } from './reference.js';

/** An image that a build was made from, and the digest that its name stood for where that is known. */
export interface UsedImage {
  /** With its registry, without its digest. */
  readonly reference: string;
  readonly digest: string | null;
  /** Whether the image that was built stands on it. */
  readonly isBase: boolean;
  /** Whether the source names it by this digest; absent where nobody has said so. */
  readonly isPinned?: boolean;
}

/**
 * The images that a build was made from, the base first; each once. `recorded` is what the run has recorded (absent of one that an older
 * build host ran), `baseImage` what the Dockerfile stands on.
 */
export function usedImages(
  recorded: readonly MaterialImage[] | undefined,
  baseImage: BaseImage | null,
): UsedImage[] {
  const images = distinct(recorded ?? []);
  const base = images.find(({ isBase }) => isBase === true) ?? findBase(images, baseImage);
  const named = base === null && baseImage !== null ? qualified(baseImage) : null;
  // A base that the run has not recorded is known by its name alone.
  const first: MaterialImage | null =
    base ??
    (named === null
      ? null
      : {
          reference: named,
          digest: recorded === undefined ? (baseImage?.digest ?? null) : null,
          isPinned: baseImage?.digest == null ? undefined : true,
        });
  const others = images.filter((image) => image !== first);
  return [...(first === null ? [] : [first]), ...others].map((image) => ({
    reference: image.reference,
    digest: image.digest,
    isBase: image === first,
    isPinned: image.isPinned === true,
  }));
}

/** An image by the name that a Dockerfile or an option has for it; null for one that is no reference. A digest in it is its own. */
export function materialImage(name: string, digest: string | null): MaterialImage | null {
  const reference = parsed(name);
  return reference === null ? null : { reference: nameOf(reference), digest: reference.digest ?? digest };
}

/** Of names of images those that have a digest of their own, as `usedImages` writes their references. */
export function pinnedNames(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const image = materialImage(name, null);
    return image === null || image.digest === null ? [] : [image.reference];
  });
}

/** Name and tag of a reference that `usedImages` gives. */
export function splitReference(reference: string): { readonly name: string; readonly tag: string | null } {
  const colon = reference.lastIndexOf(':');
  if (colon < reference.lastIndexOf('/')) return { name: reference, tag: null };
  return { name: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/** How many layers of an image, from the bottom, are those of a base image; 0 when it does not stand on it. */
export function baseLayerCount(image: readonly string[], base: readonly string[]): number {
  const stands = base.length <= image.length && base.every((diffId, index) => image[index] === diffId);
  return stands ? base.length : 0;
}

function distinct(images: readonly MaterialImage[]): MaterialImage[] {
  return [...new Map(images.map((one) => [`${one.reference}@${one.digest ?? ''}`, one])).values()];
}

function findBase(images: readonly MaterialImage[], baseImage: BaseImage | null): MaterialImage | null {
  if (baseImage === null) return null;
  const reference = qualified(baseImage);
  const named = images.filter((one) => one.reference === reference);
  return named.find(({ digest }) => digest === baseImage.digest) ?? named[0] ?? null;
}

function qualified({ name, tag, digest }: BaseImage): string | null {
  const reference = parsed(`${name}${tag === null ? '' : `:${tag}`}${digest == null ? '' : `@${digest}`}`);
  return reference === null ? null : nameOf(reference);
}

function parsed(text: string): ImageReference | null {
  try {
    return parseReference(text);
  } catch {
    return null;
  }
}

/** Builders write out what Docker Hub leaves out. */
function nameOf(reference: ImageReference): string {
  const domain = reference.domain === 'index.docker.io' ? null : reference.domain;
  const path =
    (domain ?? 'docker.io') === 'docker.io' && !reference.path.includes('/')
      ? `library/${reference.path}`
      : reference.path;
  const tag = reference.tag ?? (reference.digest === null ? 'latest' : null);
  return printReference({ ...reference, domain: domain ?? 'docker.io', path, tag, digest: null });
}
