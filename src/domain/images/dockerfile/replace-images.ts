import { materialImage } from '../used-images.js';
import type { RegistryOptions } from './registries.js';
import { writeNames } from './pin-images.js';

/** What takes the place of images, by reference with registry and tag (`docker.io/library/alpine:3.20`). */
export type Replacements = Readonly<Record<string, string>>;

/**
 * The Dockerfile with other images in place of those that `replaced` names, on the same lines. Null where one is written in a way that
 * cannot be replaced for sure.
 */
export function replaceImages(text: string, options: RegistryOptions, replaced: Replacements): string | null {
  return writeNames(text, options, (name) => replacementOf(name, replaced));
}

/** What takes the place of an image, as a Dockerfile names it; null where nothing does. A digest in the name is of no account. */
export function replacementOf(name: string, replaced: Replacements): string | null {
  const reference = materialImage(name, null)?.reference;
  return reference !== undefined && Object.hasOwn(replaced, reference) ? (replaced[reference] ?? null) : null;
}
