import { expandWord, type Variables } from './expand.js';
import type { Instruction } from './instruction.js';
import { readDockerfile } from './read.js';
import { imagesOfFlags } from './registries.js';

/** A stage of a Dockerfile, with what it says about platforms and other stages filled in. */
export interface Stage {
  readonly name: string | null;
  /** What FROM names, expanded; null where the file does not tell. */
  readonly image: string | null;
  /** What FROM --platform says: undefined without one, null where the file does not tell. */
  readonly platform: string | null | undefined;
  /** What FROM and the flags of its instructions name, expanded: other stages or images. */
  readonly names: readonly string[];
  readonly instructions: readonly Instruction[];
}

/** The stages of a file, in its order. */
export function readStages(
  text: string,
  variablesOf: (instructions: readonly Instruction[], escape: string) => Variables,
): Stage[] {
  const { instructions, escape } = readDockerfile(text);
  const variables = variablesOf(instructions, escape);
  const expand = (word: string): string | null => expandWord(word, variables, escape);
  const stages: (Stage & { names: string[]; instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword.toUpperCase() !== 'FROM') {
      const stage = stages.at(-1);
      stage?.instructions.push(instruction);
      stage?.names.push(...imagesOfFlags(instruction).flatMap((word) => expand(word) ?? []));
      continue;
    }
    const [word = '', , name] = instruction.rest.split(/\s+/);
    const image = expand(word);
    const [, platform] = /^--platform=(.*)$/i.exec(instruction.flags[0] ?? '') ?? [];
    stages.push({
      name: name?.toLowerCase() ?? null,
      image,
      platform: platform === undefined ? undefined : expand(platform),
      names: image === null ? [] : [image],
      instructions: [],
    });
  }
  return stages;
}

/** The place of the stage before `at` that a name stands for; -1 for an image. */
export function stageNamed(stages: readonly Stage[], at: number, name: string): number {
  return stages
    .slice(0, at)
    .findLastIndex((stage, index) => stage.name === name.toLowerCase() || String(index) === name);
}

/** The places of the stages that the target (the last one when null) needs, itself among them. */
export function neededStages(stages: readonly Stage[], target: string | null): Set<number> {
  const visited = new Set<number>();
  const visit = (at: number): void => {
    if (visited.has(at) || stages[at] === undefined) return;
    visited.add(at);
    for (const name of stages[at].names) visit(stageNamed(stages, at, name));
  };
  const wanted = target?.toLowerCase();
  visit(
    wanted === undefined
      ? stages.length - 1
      : stages.findLastIndex(({ name }, index) => name === wanted || String(index) === wanted),
  );
  return visited;
}
