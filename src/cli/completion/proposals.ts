import type { Argument, Command, Option } from 'commander';
import { LIMIT_NAMES, LIMITS } from '../../domain/limits/limit-table.js';

/** One way to go on, with what it means. */
export interface Proposal {
  readonly value: string;
  readonly meaning: string;
}

/** Names that only a running Kiln knows; may be empty, never rejects. */
export interface KnownNames {
  projects(): Promise<readonly Proposal[]>;
  builds(): Promise<readonly Proposal[]>;
}

/**
 * How a command line may go on, taken from the commands themselves: sub-commands, options that were not given yet, the choices of
 * options and arguments, and names of projects, builds and limits.
 * @param words before the one under the cursor, without the program.
 * @param word the one under the cursor, as far as it was typed.
 */
export async function proposalsFor(
  program: Command,
  words: readonly string[],
  word: string,
  names: KnownNames,
): Promise<Proposal[]> {
  const place = locate(program, words);
  const typed = word === '=' && place.open !== null ? '' : word;
  const found = await allAt(place, typed, names);
  return found.filter(({ value }) => value.startsWith(typed));
}

interface Place {
  readonly command: Command;
  readonly given: ReadonlySet<Option>;
  /** The option whose value stands at the cursor. */
  readonly open: Option | null;
  /** How many arguments came before. */
  readonly position: number;
}

/** Follows the words down to the command that they name. */
function locate(program: Command, words: readonly string[]): Place {
  let command = program;
  let position = 0;
  let open: Option | null = null;
  let given = new Set<Option>();
  for (const word of words) {
    /* Bash takes --option=value apart. */
    if (word === '=' && open !== null) continue;
    if (word === 'help' && position === 0) continue;
    if (open !== null) {
      open = null;
      continue;
    }
    if (word.startsWith('-') && word !== '-') {
      const option = optionNamed(command, word.split('=')[0] as string);
      if (option === undefined) continue;
      given.add(option);
      if (option.required && !word.includes('=')) open = option;
      continue;
    }
    const next = position === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (next === undefined) position += 1;
    else [command, given] = [next, new Set()];
  }
  return { command, given, open, position };
}

function optionNamed(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => long === flag || short === flag);
}

async function allAt(place: Place, word: string, names: KnownNames): Promise<readonly Proposal[]> {
  const { command, given, open, position } = place;
  if (open !== null) return valuesOf(open, names);
  const [flag, value] = word.split('=', 2) as [string, string?];
  const assigned = value === undefined ? undefined : optionNamed(command, flag);
  if (assigned !== undefined) {
    const values = await valuesOf(assigned, names);
    return values.map((one) => ({ ...one, value: `${flag}=${one.value}` }));
  }
  if (word.startsWith('-')) {
    return visibleOptions(command)
      .filter((option) => !given.has(option) || option.parseArg !== undefined)
      .map((option) => ({ value: option.long ?? option.short ?? '', meaning: option.description }));
  }
  const subcommands = position === 0 ? command.createHelp().visibleCommands(command) : [];
  const proposed = subcommands.map((one) => ({
    value: one.name(),
    meaning: one.summary() || one.description(),
  }));
  const { registeredArguments: known } = command;
  const argument = known[position] ?? known.findLast(({ variadic }) => variadic);
  return argument === undefined ? proposed : [...proposed, ...(await valuesOf(argument, names))];
}

function visibleOptions(command: Command): Option[] {
  return command.createHelp().visibleOptions(command);
}

/** Values are told by the choices of the option or argument, or by what its placeholder names. */
async function valuesOf(of: Option | Argument, names: KnownNames): Promise<readonly Proposal[]> {
  if (of.argChoices !== undefined) return of.argChoices.map((value) => ({ value, meaning: '' }));
  const flags = 'flags' in of ? of.flags : of.name();
  if (/\bproject\b/.test(flags)) return names.projects();
  if (/^--method\b/.test(flags)) return methods();
  if ('flags' in of) return [];
  if (of.name() === 'build' || of.name() === 'other-build') return names.builds();
  if (of.name() === 'limits') return limits('');
  if (of.name() === 'assignments') return limits('=');
  return [];
}

async function methods(): Promise<Proposal[]> {
  const { BuildFile } = await import('../../contracts/build-file.js');
  return BuildFile.shape.method.unwrap().options.map((value) => ({ value, meaning: '' }));
}

function limits(after: string): Proposal[] {
  return LIMIT_NAMES.map((name) => ({ value: `${name}${after}`, meaning: LIMITS[name].what }));
}
