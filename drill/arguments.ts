import { parseArgs } from 'node:util';
import { BUGS } from './bugs/bugs.js';

export const USAGE = `npm run drill -- [options]

  --builds N      builds that clients ask for (200)
  --kills M       SIGKILLs; stops and a zombie come on top (25)
  --seed S        decides what is asked for and what dies when (1)
  --at-once N     builds that are under way at once (16)
  --lease-ms N    how long a lease holds without a renewal (5000)
  --zombie-s N    how long a host is stopped (two times as long as a lease holds)
  --no-real       no builds by BuildKit among them
  --bugs          seeds bugs instead, one after the other, and tells which the checks catch
  --only NAMES    of these bugs only those of these names, by comma
  --keep          leaves the history of the clients and the evidence in a folder; of bugs, those that were not caught
  --json          ends with one line for scripts
`;

export interface DrillArguments {
  readonly builds: number;
  readonly kills: number;
  readonly seed: number;
  readonly atOnce: number;
  readonly leaseTtlMs: number;
  readonly zombieMs: number;
  readonly real: boolean;
  readonly bugs: boolean;
  /** Names of bugs; null: all. */
  readonly only: readonly string[] | null;
  readonly keep: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** An argument that cannot be understood; the message names it and says what would be. */
export class ArgumentProblem extends Error {}

/** What the command line asks for. Raises ArgumentProblem. */
export function readArguments(args: string[]): DrillArguments {
  const given = parse(args);
  const leaseTtlMs = whole('lease-ms', given['lease-ms'], 100);
  const zombie = given['zombie-s'];
  if (given.only !== undefined && !given.bugs) throw new ArgumentProblem('--only: goes with --bugs.');
  return {
    ...{ builds: whole('builds', given.builds, 1), kills: whole('kills', given.kills, 0) },
    ...{ seed: whole('seed', given.seed, 0), atOnce: whole('at-once', given['at-once'], 1), leaseTtlMs },
    zombieMs: zombie === undefined ? leaseTtlMs * 2 : whole('zombie-s', zombie, 1) * 1_000,
    only: given.only === undefined ? null : bugNames(given.only),
    ...{ real: given.real, bugs: given.bugs, keep: given.keep, json: given.json, help: given.help },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        ...{ builds: { type: 'string', default: '200' }, kills: { type: 'string', default: '25' } },
        ...{ seed: { type: 'string', default: '1' }, 'at-once': { type: 'string', default: '16' } },
        ...{ 'lease-ms': { type: 'string', default: '5000' }, 'zombie-s': { type: 'string' } },
        ...{ real: { type: 'boolean', default: true }, only: { type: 'string' } },
        ...{ bugs: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
        ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
      },
      allowNegative: true,
    }).values;
  } catch (error) {
    throw new ArgumentProblem(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ArgumentProblem(`--${name} ${text}: expected a whole number, ${least} or more.`);
}

function bugNames(text: string): string[] {
  const known = BUGS.map(({ name }) => name);
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new ArgumentProblem(`--only ${unknown}: there is no such bug. There are: ${known.join(', ')}.`);
}
