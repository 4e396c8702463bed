import type { UsedImage } from '../images/used-images.js';
import type { BuildMethod } from './method.js';

/** How a what-if differs from the build that it is compared with, as it is recorded. Of build arguments the names alone. */
export interface WhatIf {
  /** By image of the recorded build, with its registry and tag: what takes its place. */
  readonly base?: Readonly<Record<string, string>>;
  readonly method?: BuildMethod;
  readonly no_cache?: true;
  readonly platforms?: readonly string[];
  readonly build_args?: readonly string[];
  readonly target_stage?: string;
}

/** What a build was made by, as far as a what-if changes it. */
export interface BuiltBy {
  readonly method: BuildMethod;
  readonly options: Readonly<Record<string, unknown>>;
  readonly used: readonly UsedImage[];
}

/** The same with the changes. */
export interface Changed {
  readonly method: BuildMethod;
  readonly options: Readonly<Record<string, unknown>>;
  /** `reference@digest` of the images that it takes as the record has them. */
  readonly pinned: readonly string[];
  readonly whatIf: WhatIf;
}

/** So long at most the image of a what-if stays in staging for its comparison; it goes as soon as its layers and packages are known. */
export const WHAT_IF_KEEP_MS = 60 * 60_000;

/** The source of the trigger of a what-if of a build, such as `what-if:app#12`. */
export function whatIfSource(project: string, buildNumber: number): string {
  return `what-if:${project}#${buildNumber}`;
}
