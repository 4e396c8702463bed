import { parseReference, printRepository } from '../reference.js';
import { expandWord, type Variables } from './expand.js';
import type { Instruction } from './instruction.js';
import { readDockerfile } from './read.js';
import { wordsOf } from './words.js';

/** The image that a build stands on: name as the Dockerfile has it, and tag; a digest alone has no tag. */
export interface BaseImage {
  readonly name: string;
  readonly tag: string | null;
  /** Absent or null where it is named by its tag alone. */
  readonly digest?: string | null | undefined;
}

/** Set by the builder for the platforms of the build and of its own. */
const OF_THE_BUILDER: Variables = new Map(
  ['TARGET', 'BUILD'].flatMap((side) =>
    ['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT', 'STAGE'].map(
      (part) => [`${side}${part}`, null] as const,
    ),
  ),
);

interface Stage {
  readonly name: string | null;
  readonly image: string;
}

/**
 * The base image of the stage that is built (`target`, else the last), through the stages that it is built upon, with the arguments
 * before the first FROM filled in. Null for `scratch`, and where the file alone does not tell.
 */
export function baseImageOf(
  text: string,
  options: { readonly target: string | null; readonly buildArgs: Readonly<Record<string, string>> },
): BaseImage | null {
  const { instructions, escape } = readDockerfile(text);
  const variables = globalArguments(instructions, options.buildArgs, escape);
  const stages = instructions.filter((instruction) => isA('FROM', instruction)).map(stageOf);
  let at = options.target === null ? stages.length - 1 : findTarget(stages, options.target);
  for (;;) {
    const stage = stages[at];
    const image = stage === undefined ? null : expandWord(stage.image, variables, escape);
    if (image === null) return null;
    const below = findStage(stages.slice(0, at), image);
    if (below === -1) return readBase(image);
    at = below;
  }
}

function readBase(image: string): BaseImage | null {
  if (image === 'scratch') return null;
  try {
    const reference = parseReference(image);
    const tag = reference.tag ?? (reference.digest === null ? 'latest' : null);
    return {
      name: printRepository(reference),
      tag,
      ...(reference.digest !== null && { digest: reference.digest }),
    };
  } catch {
    return null;
  }
}

/** What the ARG lines before the first FROM come to. What the build gives wins, also over what the builder sets. */
export function globalArguments(
  instructions: readonly Instruction[],
  given: Readonly<Record<string, string>>,
  escape: string,
  ofTheBuilder: Variables = OF_THE_BUILDER,
): Variables {
  const variables = new Map<string, string | null>(
    [...ofTheBuilder].map(([name, value]) => [
      name,
      Object.hasOwn(given, name) ? (given[name] ?? null) : value,
    ]),
  );
  const first = instructions.findIndex((instruction) => isA('FROM', instruction));
  for (const { rest } of instructions.slice(0, first).filter((instruction) => isA('ARG', instruction))) {
    for (const word of wordsOf(rest, escape)) {
      const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      const asked = Object.hasOwn(given, name) ? given[name] : undefined;
      if (asked !== undefined) variables.set(name, asked);
      else if (value !== undefined) variables.set(name, expandWord(value, variables, escape));
    }
  }
  return variables;
}

function stageOf({ rest }: Instruction): Stage {
  const [image = '', , name] = rest.split(/\s+/);
  return { image, name: name?.toLowerCase() ?? null };
}

function findStage(stages: readonly Stage[], name: string): number {
  return stages.findLastIndex((stage) => stage.name === name.toLowerCase());
}

/** A target is a name, or the number of a stage from 0. */
function findTarget(stages: readonly Stage[], target: string): number {
  const named = findStage(stages, target);
  return named === -1 && /^\d+$/.test(target) ? Number(target) : named;
}

function isA(keyword: string, instruction: Instruction): boolean {
  return instruction.keyword.toUpperCase() === keyword;
}
