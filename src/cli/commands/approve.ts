import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import type { DecideOptions } from '../decide-build.js';
import { addConnectionOptions, addExamples } from '../options.js';

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest')
    .option('--why <text>', 'for those who ask later')
    .addHelpText(
      'after',
      '\nThe image is published as it was built; no step runs again. `kiln builds --held` lists what waits.',
    );
  addExamples(command, { 'kiln approve app#3 --why "seen in review"': 'publish its image' });
  addConnectionOptions(command, 'the build as JSON');
  command.action((reference: string, options: DecideOptions) =>
    runAction(cli, options, async () =>
      (await import('../decide-build.js')).runDecision(cli, 'approve', reference, options),
    ),
  );
}
