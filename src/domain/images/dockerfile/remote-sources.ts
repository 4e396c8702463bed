import type { DockerfileProblem } from '../invalid-dockerfile.js';
import { globalArguments } from './base-image.js';
import { expandWord } from './expand.js';
import { readJsonForm, type Instruction } from './instruction.js';
import { placeOf } from './place.js';
import { readDockerfile } from './read.js';
import { readRemote, UNKNOWN, type RemoteHost } from './remote-url.js';
import { cutFlags, wordsOf } from './words.js';

/** A source of ADD that the builder fetches from elsewhere, and where the file names it (from 1). */
export interface RemoteSource extends RemoteHost {
  readonly line: number;
  readonly column: number;
  /** As the file has it. */
  readonly text: string;
  /** With its variables filled in; as the file has it where only the builder knows them all. */
  readonly address: string;
  /** What `--checksum` says; null without one, and where only the builder knows it. */
  readonly checksum: string | null;
  /** The place of its stage in the file, from 0; null behind ONBUILD. */
  readonly stage: number | null;
}

/** Sources of ADD that lie elsewhere, and those whose host nobody can judge: only the builder would know it, or it is not one. */
export interface RemoteSources {
  readonly sources: readonly RemoteSource[];
  readonly problems: readonly DockerfileProblem[];
}

type Environment = Map<string, string>;

/** More than a file for people has; without a bound, a small file could ask for work that grows with its square. */
const MAX_SOURCES = 500;
const MAX_INHERITED_VARIABLES = 100_000;

/**
 * The http, https and git sources that a Dockerfile's ADD instructions name, also behind ONBUILD, with the values of ARG and ENV
 * filled in as BuildKit does. What comes from the environment of a base image is not known here and left to the builder's policy.
 */
export function remoteSourcesOf(text: string, buildArgs: Readonly<Record<string, string>>): RemoteSources {
  const { instructions, escape } = readDockerfile(text);
  const globals: Environment = new Map(
    [...globalArguments(instructions, buildArgs, escape)].map(([name, value]) => [name, value ?? UNKNOWN]),
  );
  const stages = new Map<string, Environment>();
  const sources: RemoteSource[] = [];
  const problems: DockerfileProblem[] = [];
  const lines = text.split('\n');
  let inherited = 0;
  let environment: Environment | null = null;
  let stage = -1;
  for (const instruction of instructions) {
    const keyword = instruction.keyword.toUpperCase();
    if (keyword === 'FROM') {
      stage += 1;
      const [image = '', , name] = instruction.rest.split(/\s+/);
      environment = new Map(stages.get(fill(image, globals, escape).toLowerCase()));
      inherited += environment.size;
      if (name !== undefined) stages.set(name.toLowerCase(), environment);
    }
    if (environment === null) continue;
    if (keyword === 'ARG') setArguments(environment, instruction, { globals, buildArgs, escape });
    if (keyword === 'ENV') setVariables(environment, instruction, escape);
    for (const word of wordsOfAdd(instruction, escape)) {
      const filled = fill(word, environment, escape);
      const found = readRemote(filled);
      if (found.kind === 'local') continue;
      const place = placeOf(word, instruction, lines);
      if (found.kind === 'unclear') problems.push({ ...place, message: unclear(word, found.why) });
      else
        sources.push({
          ...{ ...found.host, ...place, text: word },
          address: filled.includes(UNKNOWN) ? word : filled,
          checksum: checksumOf(instruction, environment, escape),
          stage: keyword === 'ONBUILD' ? null : stage,
        });
      if (sources.length + problems.length > MAX_SOURCES) return tooMuch(instruction);
    }
    if (inherited > MAX_INHERITED_VARIABLES) return tooMuch(instruction);
  }
  return { sources, problems };
}

/** The sources of an ADD, without here-documents; none of another instruction. */
function wordsOfAdd({ keyword, rest }: Instruction, escape: string): string[] {
  if (keyword.toUpperCase() === 'ONBUILD') {
    const [, inner = '', after = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
    return inner.toUpperCase() === 'ADD' ? sourcesIn(cutFlags(after, escape).rest) : [];
  }
  return keyword.toUpperCase() === 'ADD' ? sourcesIn(rest) : [];
}

function checksumOf({ flags }: Instruction, environment: Environment, escape: string): string | null {
  const [, value] =
    flags.map((flag) => /^--checksum=(.*)$/is.exec(flag)).find((match) => match !== null) ?? [];
  const checksum = value === undefined ? UNKNOWN : fill(value, environment, escape);
  return checksum.includes(UNKNOWN) ? null : checksum;
}

function sourcesIn(rest: string): string[] {
  const words = readJsonForm(rest) ?? rest.split(/\s+/).filter((word) => word !== '');
  return words.slice(0, -1).filter((word) => !word.startsWith('<<'));
}

function setArguments(
  environment: Environment,
  { rest }: Instruction,
  known: {
    readonly globals: Environment;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly escape: string;
  },
): void {
  for (const word of wordsOf(rest, known.escape)) {
    const [, name = '', byDefault] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const given = Object.hasOwn(known.buildArgs, name) ? known.buildArgs[name] : undefined;
    const otherwise =
      byDefault === undefined ? known.globals.get(name) : fill(byDefault, environment, known.escape);
    const value = given ?? otherwise;
    if (value !== undefined) environment.set(name, value);
  }
}

function setVariables(environment: Environment, { rest }: Instruction, escape: string): void {
  const words = wordsOf(rest, escape);
  const pairs = words[0]?.includes('=')
    ? words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const)
    : [[words[0] ?? '', words.slice(1).join(' ')] as const];
  const values = pairs.map(([name, value]) => [name, fill(value, environment, escape)] as const);
  for (const [name, value] of values) environment.set(name, value);
}

/** The word with its variables filled in; from where that cannot be done, it is unknown. */
function fill(word: string, environment: Environment, escape: string): string {
  const whole = expandWord(word, environment, escape);
  if (whole !== null) return whole;
  const start = word.indexOf('$');
  return `${expandWord(word.slice(0, start), environment, escape) ?? ''}${UNKNOWN}`;
}

function tooMuch({ line, column }: Instruction): RemoteSources {
  const message = `Up to here the file names more than ${MAX_SOURCES} remote sources, or its stages hand on too many variables, to be judged.`;
  return { sources: [], problems: [{ line, column, message }] };
}

/** Never with the user and password of an address, which this may be about: neither in the word nor in what its variables give. */
function unclear(word: string, why: string): string {
  const told = word.replace(/^(["']?\w+:\/\/)?.*@/s, '$1***@');
  return `ADD reads from ${JSON.stringify(told.slice(0, 200))}, ${why}`;
}
