import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { formatQuantity, parseQuantity } from '../domain/limits/limit-units.js';

/** Where Kiln is; every command that asks Kiln something takes it. */
export interface ConnectionOptions {
  readonly apiUrl?: string;
  readonly json?: boolean;
}

/** Adds --api-url and --json. */
export function addConnectionOptions(command: Command, json: string): Command {
  return command
    .option('--api-url <url>', 'address of Kiln (KILN_API_URL; default: the nearest .kiln/cli.json)')
    .option('--json', json);
}

/** A command below another one that asks Kiln; `name` has its arguments too. */
export function subcommand(parent: Command, name: string, summary: string, json: string): Command {
  return addConnectionOptions(parent.command(name).description(summary), json);
}

/** Adds examples to the end of a command's help: each a command line with what it does. */
export function addExamples(command: Command, examples: Readonly<Record<string, string>>): Command {
  const width = Math.max(...Object.keys(examples).map((line) => line.length));
  const lines = Object.entries(examples).map(([line, does]) => `  ${line.padEnd(width)}   ${does}`);
  return command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
}

/** Adds --progress. */
export function addProgressOption(command: Command): Command {
  return command.addOption(
    new Option('--progress <how>', 'live repaints, plain appends, none is silent')
      .choices(['auto', 'plain', 'none'])
      .default('auto'),
  );
}

/** A whole number within limits, as a parser for an option's value. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** A name or id; not that of a variable of the shell that nobody has set. */
export function someName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It may not be empty: give a name or id.');
}

/** Collects the values of an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** A span of time in seconds: `90`, `90s`, `15m`, `2h`, `1d`. */
export function seconds(text: string): number {
  const parsed = parseQuantity('seconds', text);
  if ('value' in parsed) return parsed.value;
  throw new InvalidArgumentError('Give seconds, or a number with s, m, h or d (90s, 15m, 2h, 1d).');
}

/** A span of time within limits, which are told as times. */
export function secondsBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = seconds(text);
    if (value >= least && value <= most) return value;
    const [from, to] = [least, most].map((limit) => formatQuantity('seconds', limit));
    throw new InvalidArgumentError(
      `${text} is too ${value < least ? 'short' : 'long'}: give ${from} to ${to}.`,
    );
  };
}
