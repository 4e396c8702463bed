import type { Step } from '../builds/step-status.js';
import type { BaseImage } from './dockerfile/base-image.js';
import { type ImageReference, parseReference, printReference } from './reference.js';

/** An image that a build was made from, and the digest that its name stood for as far as the builder tells. */
export interface UsedImage {
  /** With its registry, without its digest. */
  readonly reference: string;
  readonly digest: string | null;
  /** Whether the image that was built stands on it, by the Dockerfile. */
  readonly isBase: boolean;
}

const MAX_IMAGES = 50;
/**
 * Words of builders: `[build 1/3] FROM --platform=x image AS build` (buildx, container), `FROM image` (kaniko), `pull image` (packer),
 * `[builder] image` (paketo).
 */
const USE = /^(?:(?:\[[^\]]*\] )?FROM (?:--platform=\S+ )?|pull |\[builder\] (?=\S+$))(\S+)(?: AS (\S+))?/i;

/** The images that the steps of a build name, the base first; each once. Names of stages are left out. */
export function usedImages(steps: readonly Pick<Step, 'name'>[], baseImage: BaseImage | null): UsedImage[] {
  const stages = new Set<string>();
  const found = new Map<string, UsedImage>();
  const base = baseImage === null ? null : qualified(baseImage);
  if (base !== null) found.set(base, { reference: base, digest: baseImage?.digest ?? null, isBase: true });
  for (const { name } of steps) {
    const [, word, alias] = USE.exec(name) ?? [];
    if (word === undefined) continue;
    const isStage = stages.has(word.toLowerCase());
    if (alias !== undefined) stages.add(alias.toLowerCase());
    const reference = isStage || word === 'scratch' ? null : parsed(word);
    if (reference === null) continue;
    const key = nameOf(reference);
    const known = found.get(key);
    // A bare word may be a stage that the builder has not introduced.
    if (known === undefined && !/[/:@]/.test(word)) continue;
    found.set(key, {
      reference: key,
      digest: known?.digest ?? reference.digest,
      isBase: known?.isBase ?? false,
    });
  }
  return [...found.values()].slice(0, MAX_IMAGES);
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
