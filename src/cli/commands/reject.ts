import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import type { DecideOptions } from '../decide-build.js';
import { addConnectionOptions, addExamples } from '../options.js';

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest')
    .requiredOption('--why <text>', 'what is wrong with it; the build fails with this reason');
  addExamples(command, { 'kiln reject app#3 --why "runs as root"': 'end it without publishing its image' });
  addConnectionOptions(command, 'the build as JSON');
  command.action((reference: string, options: DecideOptions) =>
    runAction(cli, options, async () =>
      (await import('../decide-build.js')).runDecision(cli, 'reject', reference, options),
    ),
  );
}
