import { parsePlatform } from '../platform.js';
import { globalArguments } from './base-image.js';
import { builderArguments } from './builder-arguments.js';
import type { Variables } from './expand.js';
import type { Instruction } from './instruction.js';
import type { RegistryOptions } from './registries.js';
import { neededStages, readStages, type Stage, stageNamed } from './stages.js';

/**
 * The images that the stage which is built needs from registries, as the Dockerfile names them: those of FROM, COPY --from and RUN
 * --mount=...,from=..., in its own stage and in all that it uses. Names that the file does not tell are left out.
 */
export function neededImages(text: string, options: RegistryOptions): string[] {
  const stages = stagesFor(text, options);
  const needed = [...neededStages(stages, options.target)].flatMap((at) =>
    (stages[at]?.names ?? []).filter((name) => name !== 'scratch' && stageNamed(stages, at, name) === -1),
  );
  return [...new Set(needed)];
}

/** Every stage that a build makes, and for which platforms. */
export interface MadeStages {
  readonly target: string | null;
  readonly alsoBuilt?: readonly string[];
  /** The builder's own when empty. */
  readonly platforms: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** The images that a build needs for any of its platforms and stages, and the platforms that its FROM instructions name besides. */
export function imagesOfBuild(
  text: string,
  { target, alsoBuilt = [], platforms, buildArgs }: MadeStages,
): { readonly images: string[]; readonly platforms: string[] } {
  const all = platforms.length === 0 ? [null] : platforms;
  const made = all.flatMap((platform) =>
    [target, ...alsoBuilt].map((stage) => ({ target: stage, platform, buildArgs })),
  );
  const named = all.flatMap((platform) =>
    stagesFor(text, { target, platform, buildArgs }).flatMap(
      (stage) => parsePlatform(stage.platform ?? '') ?? [],
    ),
  );
  return {
    images: [...new Set(made.flatMap((one) => neededImages(text, one)))],
    platforms: [...new Set(named)],
  };
}

/** The stages of a file as a builder of the platform itself sees them. */
export function stagesFor(text: string, options: RegistryOptions): Stage[] {
  return readStages(text, (instructions, escape) => imageVariables(instructions, escape, options));
}

/** What names of images are filled in with, on a builder of the platform itself. */
export function imageVariables(
  instructions: readonly Instruction[],
  escape: string,
  options: RegistryOptions,
): Variables {
  const all = builderArguments(options);
  const own =
    all.find((one) => one.get('BUILDPLATFORM') === options.platform && options.platform !== null) ?? all[0];
  return globalArguments(instructions, options.buildArgs, escape, own);
}
