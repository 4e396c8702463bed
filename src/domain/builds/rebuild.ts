import type { UsedImage } from '../images/used-images.js';

/** How a method is told to take the very images that an earlier build used. */
export interface Pinned {
  readonly options: Readonly<Record<string, unknown>>;
  /** `reference@digest` of those that it will take; the others are taken as their names stand for now. */
  readonly images: readonly string[];
}

/** Makes of the options of a build those of its rebuild. */
export type PinImages = (options: Readonly<Record<string, unknown>>, used: readonly UsedImage[]) => Pinned;

/** Images whose digest the record has, as `reference@digest`. */
export function withDigests(used: readonly UsedImage[]): string[] {
  return used.flatMap(({ reference, digest }) => (digest === null ? [] : [`${reference}@${digest}`]));
}

/** For methods that have the option `pinned_images`: the images whose digest is recorded stand for it, whatever their names stand for now. */
export const pinImagesByName: PinImages = (options, used) => {
  const images = withDigests(used);
  return { options: { ...options, pinned_images: images }, images };
};

/** Options of a rebuild that runs every step: nothing comes from a cache, and none is written over. A method without caches is told of none. */
export function withoutCaches(
  options: Readonly<Record<string, unknown>>,
  hasCaches: boolean,
): Record<string, unknown> {
  const { cache_from: _from, cache_to: _to, cache_enabled: _enabled, ...left } = options;
  return hasCaches ? { ...left, cache_enabled: false } : left;
}

/** Where a rebuild goes: beside the image that it is compared with, whose tags stay as they are. */
export function rebuiltDestination(
  imageRepository: string,
  numberBefore: number,
  buildNumber: number,
): string {
  return `${imageRepository}:${numberBefore}-rebuilt-${buildNumber}`;
}
