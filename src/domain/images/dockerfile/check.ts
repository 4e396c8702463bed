import { findFrontend, isAllowedFrontend } from '../dockerfile-frontend.js';
import { ARGUMENT_RULES } from './arguments.js';
import { flagTrouble } from './flags.js';
import type { DockerfileProblem } from '../invalid-dockerfile.js';
import type { Instruction } from './instruction.js';
import { nearest } from './nearest.js';
import { placeOf } from './place.js';
import { readDockerfile } from './read.js';

/**
 * Finds what BuildKit would refuse before it runs anything: unknown instructions, missing arguments, malformed flags and their values,
 * open here-documents, a missing FROM, an unknown target, a foreign frontend. What only a build can tell (whether
 * files and images exist, values of variables) is not judged. Problems come in the order of the file.
 */
export function checkDockerfile(
  text: string,
  options: { readonly target: string | null; readonly alsoBuilt?: readonly string[] | undefined },
): DockerfileProblem[] {
  const { instructions, escape, problems } = readDockerfile(text);
  const found = [
    ...problems,
    ...foreignFrontend(text),
    ...instructions.flatMap((instruction) => checkInstruction(instruction, escape, text)),
    ...checkStages(instructions, [options.target, ...(options.alsoBuilt ?? [])]),
  ];
  return found.sort((a, b) => a.line - b.line || a.column - b.column);
}

function checkInstruction(instruction: Instruction, escape: string, text: string): DockerfileProblem[] {
  const keyword = instruction.keyword.toUpperCase();
  const rule = ARGUMENT_RULES[keyword];
  if (rule === undefined) {
    const meant = nearest(keyword, Object.keys(ARGUMENT_RULES));
    const hint = meant === null ? '' : ` Did you mean ${meant}?`;
    return [at(instruction, `Unknown instruction: ${instruction.keyword.slice(0, 100)}.${hint}`)];
  }
  const open = instruction.openHeredoc;
  const messages = [
    open === null
      ? null
      : `The here-document ${JSON.stringify(open)} is not closed: no line holds only ${open}.`,
    rule(instruction, escape),
  ];
  return [
    ...messages.flatMap((message) => (message === null ? [] : [at(instruction, message)])),
    ...checkFlags(instruction, keyword, text),
  ];
}

function checkFlags(instruction: Instruction, keyword: string, text: string): DockerfileProblem[] {
  if (keyword === 'HEALTHCHECK' && /^none\b/i.test(instruction.rest)) return [];
  return instruction.flags.flatMap((flag, index) => {
    const message = flagTrouble(keyword, flag, instruction.flags.slice(0, index));
    return message === null ? [] : [{ ...placeOf(flag, instruction, text.split('\n')), message }];
  });
}

function checkStages(
  instructions: readonly Instruction[],
  targets: readonly (string | null)[],
): DockerfileProblem[] {
  const isFrom = ({ keyword }: Instruction): boolean => keyword.toUpperCase() === 'FROM';
  const first = instructions.findIndex(isFrom);
  const before = instructions.slice(0, first === -1 ? undefined : first);
  const early = before.find(({ keyword }) => {
    const name = keyword.toUpperCase();
    return name !== 'ARG' && name in ARGUMENT_RULES;
  });
  if (first === -1 && early === undefined) {
    return [{ line: 1, column: 1, message: 'The file has no FROM instruction.' }];
  }
  if (early !== undefined)
    return [at(early, `${early.keyword.toUpperCase()} comes before the first FROM; only ARG may.`)];
  const names = instructions
    .filter(isFrom)
    .map(({ rest }) => /\sas\s+(\S+)\s*$/i.exec(rest)?.[1]?.toLowerCase() ?? null);
  const unknown = targets.filter(
    (one) => one !== null && !names.includes(one.toLowerCase()) && !isIndex(one, names.length),
  );
  const known = names.filter((name) => name !== null).join(', ');
  const last = instructions.findLast(isFrom) ?? instructions[first];
  const there = known === '' ? 'no stage has a name' : `the stages are ${known}`;
  if (last === undefined) return [];
  return [...new Set(unknown)].flatMap((stage) =>
    stage === null ? [] : [{ ...at(last, `There is no stage ${JSON.stringify(stage)}; ${there}.`), stage }],
  );
}

function isIndex(target: string, count: number): boolean {
  return /^\d+$/.test(target) && Number(target) < count;
}

function foreignFrontend(text: string): DockerfileProblem[] {
  const frontend = findFrontend(text);
  if (frontend === null || isAllowedFrontend(frontend.reference)) return [];
  const name = JSON.stringify(frontend.reference.slice(0, 200));
  const message = `The frontend ${name} would run inside the builder; only docker/dockerfile:1 is allowed. Remove the syntax line.`;
  return [{ line: frontend.line, column: 1, message }];
}

function at({ line, column }: Instruction, message: string): DockerfileProblem {
  return { line, column, message };
}
