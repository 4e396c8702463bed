import { globalArguments } from './base-image.js';
import { builderArguments } from './builder-arguments.js';
import { expandWord } from './expand.js';
import type { Instruction } from './instruction.js';
import { readDockerfile } from './read.js';
import { imagesOfFlags, type RegistryOptions } from './registries.js';

interface Stage {
  readonly name: string | null;
  /** What FROM and the flags of its instructions name, expanded: other stages or images. */
  readonly names: readonly string[];
}

/**
 * The images that the stage which is built needs from registries, as the Dockerfile names them: those of FROM, COPY --from and RUN
 * --mount=...,from=..., in its own stage and in all that it uses. Names that the file does not tell are left out.
 */
export function neededImages(text: string, options: RegistryOptions): string[] {
  const stages = readStages(text, options);
  const target = options.target?.toLowerCase();
  const isTarget = ({ name }: Stage, index: number): boolean => name === target || String(index) === target;
  const images = new Set<string>();
  const visited = new Set<number>();
  const visit = (at: number): void => {
    if (visited.has(at)) return;
    visited.add(at);
    for (const name of stages[at]?.names ?? []) {
      const below = stages
        .slice(0, at)
        .findLastIndex((stage, index) => stage.name === name.toLowerCase() || String(index) === name);
      if (below !== -1) visit(below);
      else if (name !== 'scratch') images.add(name);
    }
  };
  visit(target === undefined ? stages.length - 1 : stages.findLastIndex(isTarget));
  return [...images];
}

function readStages(text: string, options: RegistryOptions): Stage[] {
  const { instructions, escape } = readDockerfile(text);
  const all = builderArguments(options);
  const own =
    all.find((one) => one.get('BUILDPLATFORM') === options.platform && options.platform !== null) ?? all[0];
  const variables = globalArguments(instructions, options.buildArgs, escape, own);
  const expanded = (word: string): string[] => [expandWord(word, variables, escape) ?? []].flat();
  const stages: { name: string | null; names: string[] }[] = [];
  for (const instruction of instructions) {
    if (isFrom(instruction)) {
      const [image = '', , name] = instruction.rest.split(/\s+/);
      stages.push({ name: name?.toLowerCase() ?? null, names: expanded(image) });
    } else stages.at(-1)?.names.push(...imagesOfFlags(instruction).flatMap(expanded));
  }
  return stages;
}

function isFrom({ keyword }: Instruction): boolean {
  return keyword.toUpperCase() === 'FROM';
}
