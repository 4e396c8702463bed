import { globalArguments } from '../images/dockerfile/base-image.js';
import type { Instruction } from '../images/dockerfile/instruction.js';
import { readDockerfile } from '../images/dockerfile/read.js';
import { neededStages, readStages, type Stage, stageNamed } from '../images/dockerfile/stages.js';
import { heredocsOf, wordsOf } from '../images/dockerfile/words.js';
import type { PlacedStep } from './step-place.js';

/** Instructions that make a layer, and are a step with every builder. */
export const LAYER_INSTRUCTIONS: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR']);

/** A Dockerfile, null where it is not known, and what chose among its stages. */
export interface BuiltDockerfile {
  readonly dockerfile: string | null;
  readonly target: string | null;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/**
 * The instructions of a Dockerfile that say how to go on and make no layer (ENV, ARG, USER...) above the one of a step, those of the stage
 * that its stage begins with first. Null where the file is not known or has no such step.
 */
export function settingsAbove(
  built: BuiltDockerfile,
  step: PlacedStep,
  steps: readonly PlacedStep[],
): string[] | null {
  const found = findInstruction(built, step, steps);
  if (found === null) return null;
  const { own, stages, at, instructions, escape } = found;
  const first = instructions.findIndex((one) => keywordOf(one) === 'FROM');
  const defaults = instructions.slice(0, first).flatMap((one) => wordsOf(one.rest, escape));
  return [...inherited(stages, at), ...stages[at]!.instructions.filter(({ line }) => line < own.line)]
    .filter((one) => !LAYER_INSTRUCTIONS.has(keywordOf(one)))
    .map((one) => wordingOf(one, defaults));
}

/** The lines of a step's instruction where it has a here-document, of which builders show the first alone; null where it has none, or is not known. */
export function heredocLines(
  built: BuiltDockerfile,
  step: PlacedStep,
  steps: readonly PlacedStep[],
): string[] | null {
  const own = findInstruction(built, step, steps)?.own;
  if (own === undefined || heredocsOf(own.rest).length === 0) return null;
  const lines = (built.dockerfile ?? '').split('\n').slice(own.line - 1, own.endLine);
  return lines.map((line) => line.replace(/\r$/, ''));
}

interface FoundInstruction {
  readonly own: Instruction;
  readonly stages: readonly Stage[];
  /** Which of the stages it is in. */
  readonly at: number;
  readonly instructions: readonly Instruction[];
  readonly escape: string;
}

function findInstruction(
  { dockerfile: text, target, buildArgs }: BuiltDockerfile,
  step: PlacedStep,
  steps: readonly PlacedStep[],
): FoundInstruction | null {
  if (text === null) return null;
  const { instructions, escape } = readDockerfile(text);
  const stages = readStages(text, (all) => globalArguments(all, buildArgs, escape));
  const at = stageOf(step, stages, target);
  const inStage = steps.filter(
    ({ stage, type }) => stage === step.stage && LAYER_INSTRUCTIONS.has(type ?? ''),
  );
  const layers = (stages[at]?.instructions ?? []).filter((one) => LAYER_INSTRUCTIONS.has(keywordOf(one)));
  const own = layers[inStage.findIndex(({ number }) => number === step.number)];
  if (own === undefined || keywordOf(own) !== step.type) return null;
  return { own, stages, at, instructions, escape };
}

/** Where two lists of instructions differ first: what was there and what is, null where nothing is like it. */
export function changedSetting(before: readonly string[], after: readonly string[]): Change | null {
  const gone = before.filter((one) => !after.includes(one));
  const now = after.find((one) => !before.includes(one)) ?? null;
  if (now === null) return gone[0] === undefined ? null : { before: gone[0], after: null };
  return { before: gone.find((one) => subjectOf(one) === subjectOf(now)) ?? null, after: now };
}

/** The first of the instructions that stands where another one did; null where all stand as they did. */
export function movedSetting(before: readonly string[], after: readonly string[]): string | null {
  return after.find((one, at) => one !== before[at]) ?? null;
}

/** The first line that differs; one that alone came or went has nothing on the other side. */
export function changedLine(before: readonly string[], after: readonly string[]): Change | null {
  const length = Math.max(before.length, after.length);
  const at = Array.from({ length }).findIndex((_, line) => before[line] !== after[line]);
  if (at === -1) return null;
  const ends = (lines: readonly string[], from: number): string => lines.slice(from).join('\n');
  const isNew = ends(before, at) === ends(after, at + 1);
  const isGone = ends(before, at + 1) === ends(after, at);
  return {
    before: isNew ? null : (before[at] ?? null),
    after: isGone ? null : (after[at] ?? null),
  };
}

interface Change {
  readonly before: string | null;
  readonly after: string | null;
}

/** What an instruction is about: a variable or label by its name, else the instruction alone. */
function subjectOf(text: string): string {
  return /^(?:(?:ENV|ARG|LABEL) [^\s=]+|\S+)/.exec(text)?.[0] ?? text;
}

/** Builders that number their steps name the stage; the others build the needed ones in the order of the file. */
function stageOf({ stage, text, name }: PlacedStep, stages: readonly Stage[], target: string | null): number {
  const own = stage.split(' ').at(-1) ?? '';
  if (text === name) return [...neededStages(stages, target)].sort((a, b) => a - b)[Number(own) - 1] ?? -1;
  const [, number] = /^stage-(\d+)$/.exec(own) ?? [];
  const named = stages.findIndex((one) => one.name === own.toLowerCase());
  return named === -1 ? Number(number ?? 0) : named;
}

function inherited(stages: readonly Stage[], at: number): Instruction[] {
  const below = stageNamed(stages, at, stages[at]?.image ?? '');
  return below === -1 ? [] : [...inherited(stages, below), ...stages[below]!.instructions];
}

/** An argument that is declared without a default has that of before the first FROM. */
function wordingOf(instruction: Instruction, defaults: readonly string[]): string {
  const keyword = keywordOf(instruction);
  const rest = instruction.rest.trim();
  const word = keyword === 'ARG' ? (defaults.find((one) => one.startsWith(`${rest}=`)) ?? rest) : rest;
  return [keyword, ...instruction.flags, word].join(' ');
}

function keywordOf({ keyword }: Instruction): string {
  return keyword.toUpperCase();
}
