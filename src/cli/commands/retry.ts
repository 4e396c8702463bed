import { Option, type Command } from 'commander';
import { RESUME_PHASES } from '../../domain/builds/retry.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT_CODES_HELP } from '../exit-codes.js';
import { addConnectionOptions, addExamples, addProgressOption } from '../options.js';
import type { RetryCommandOptions } from '../run-retry.js';

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest')
    .addOption(
      new Option(
        '--from <phase>',
        'source builds anew (default); publish only pushes the image that an earlier build of the chain finished',
      ).choices(RESUME_PHASES),
    )
    .option('-d, --detach', 'do not wait: print the retry and return')
    .addHelpText(
      'after',
      `\nThe retry is a new build with the same configuration, source and commit. While one is live, that one is followed.\n\n${EXIT_CODES_HELP}`,
    );
  addExamples(command, {
    'kiln retry app#3': 'build it again',
    'kiln retry app#3 --from publish': 'push again what was built',
  });
  addProgressOption(addConnectionOptions(command, 'one JSON line with the outcome on stdout'));
  command.action((reference: string, options: RetryCommandOptions) =>
    runAction(cli, options, async () => (await import('../run-retry.js')).runRetry(cli, reference, options)),
  );
}
