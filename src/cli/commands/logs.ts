import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT_CODES_HELP } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

export interface LogsOptions extends ConnectionOptions {
  readonly follow?: boolean;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest')
    .option(
      '-f, --follow',
      "go on until the build has ended and its log is whole; exit with the build's outcome",
    )
    .addHelpText('after', `\nOf terminal escape sequences only colours are printed.\n\n${EXIT_CODES_HELP}`);
  addExamples(command, {
    'kiln logs app#3': 'the log, whole or so far',
    'kiln logs -f app#latest': 'until the build ends; exits with its outcome',
  });
  addConnectionOptions(command, 'one JSON object per log chunk');
  command.action((reference: string, options: LogsOptions) =>
    runAction(cli, options, async () => (await import('../run-logs.js')).runLogs(cli, reference, options)),
  );
}
