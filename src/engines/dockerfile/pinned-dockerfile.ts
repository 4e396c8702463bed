import type { MaterialImage } from '../../domain/images/materials.js';
import { pinImages } from '../../domain/images/dockerfile/pin-images.js';
import type { Replacements } from '../../domain/images/dockerfile/replace-images.js';
import { materialImage } from '../../domain/images/used-images.js';
import type { PlanInput } from '../../ports/engine.js';
import type { DockerfileOptions } from './fields.js';
import { OWN_PLATFORM } from './own-platform.js';

/** The images of a build as its builder is given them. */
export interface PinnedBuild {
  /** By name: the Dockerfile with digests in it, or that of the request, and what belongs beside it. None where that of the source is built as it is. Of a what-if with other images it is the one that names those. */
  readonly files: Readonly<Record<string, string>>;
  /** What stands in it in place of names: `name@digest`. */
  readonly pins: readonly string[];
  readonly images: readonly MaterialImage[];
}

/**
 * For builders that tell no digests: what they build on is what was resolved, since they are given it by digest. Nothing is pinned, and no
 * digest recorded, where the Dockerfile cannot be written so.
 */
export function pinnedBuild({
  options,
  judged,
}: Pick<
  PlanInput<DockerfileOptions & { readonly replaced_images?: Replacements | undefined }>,
  'options' | 'judged'
>): PinnedBuild {
  const { dockerfile, images, digests = {} } = judged;
  const { target_stage: target = null, build_args: buildArgs } = options;
  const isResolved = images.some((name) => digests[name] !== undefined);
  const pinned =
    dockerfile === undefined || !isResolved
      ? null
      : pinImages(dockerfile.text, { target, platform: OWN_PLATFORM, buildArgs }, digests);
  const known = pinned === null ? {} : digests;
  const isReplaced = Object.keys(options.replaced_images ?? {}).length > 0;
  const text = pinned ?? (isReplaced ? dockerfile?.text : options.dockerfile_inline);
  const beside = pinned === null && !isReplaced ? [] : Object.entries(dockerfile?.ignoreFiles ?? {});
  return {
    files: {
      ...(text !== undefined && { Dockerfile: text }),
      ...Object.fromEntries(beside.map(([extension, content]) => [`Dockerfile${extension}`, content])),
    },
    pins: images.flatMap((name) => (known[name] === undefined ? [] : [`${name}@${known[name]}`])),
    images: images.flatMap((name) => materialImage(name, known[name] ?? null) ?? []),
  };
}

/** What a builder says of a pinned Dockerfile, as its author has written it. */
export function withoutPins(text: string, pins: readonly string[] = []): string {
  return pins.reduce((left, pin) => left.replaceAll(pin, pin.slice(0, pin.lastIndexOf('@'))), text);
}
