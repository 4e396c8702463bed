import { globalArguments } from './base-image.js';
import type { Instruction } from './instruction.js';
import type { DockerfileProblem } from '../invalid-dockerfile.js';
import { placeOf } from './place.js';
import { neededStages, readStages } from './stages.js';

const INSECURE =
  'No build gets more rights than a container has: RUN --security=insecure is not offered. Leave the flag out.';

/**
 * Finds RUN instructions that ask for what the build does not get: more rights than a container has, and, where `hostTrouble` says why
 * not, the network of the build host. Only stages that the targets need count, as for the builder.
 */
export function closedRuns(
  text: string,
  options: {
    /** Stages that are built; null stands for the last one. */
    readonly targets: readonly (string | null)[];
    readonly buildArgs: Readonly<Record<string, string>>;
    /** Why no step may have the network of the host; null where it may. */
    readonly hostTrouble: string | null;
  },
): DockerfileProblem[] {
  const stages = readStages(text, (instructions, escape) =>
    globalArguments(instructions, options.buildArgs, escape),
  );
  const needed = new Set(options.targets.flatMap((target) => [...neededStages(stages, target)]));
  const runs = [...needed]
    .flatMap((at) => stages[at]?.instructions ?? [])
    .filter(({ keyword }) => keyword.toUpperCase() === 'RUN');
  return runs
    .flatMap((run) => run.flags.flatMap((flag) => problemOf(flag, run, options.hostTrouble, text)))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function problemOf(
  flag: string,
  run: Instruction,
  hostTrouble: string | null,
  text: string,
): DockerfileProblem[] {
  const message = flag === '--security=insecure' ? INSECURE : flag === '--network=host' ? hostTrouble : null;
  return message === null ? [] : [{ ...placeOf(flag, run, text.split('\n')), message }];
}
