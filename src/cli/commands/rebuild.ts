import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT_CODES_HELP } from '../exit-codes.js';
import { addConnectionOptions, addExamples, addProgressOption } from '../options.js';
import type { RebuildCommandOptions } from '../run-rebuild.js';

export function define(command: Command, cli: Cli): void {
  command.argument('<build>', 'one that succeeded: id, <project>#<number> or <project>#latest').addHelpText(
    'after',
    `\nA new build of the same source, commit and options, without caches, by the images that the record has where the method can be told so.
It goes to a tag of its own. Afterwards it is told how the two images differ.\n\n${EXIT_CODES_HELP}`,
  );
  addExamples(command, { 'kiln rebuild app#3': 'whether the third build can be made again as it was' });
  addProgressOption(
    addConnectionOptions(command, 'one JSON document {build, pinned, not_pinned, images, difference}'),
  );
  command.action((reference: string, options: RebuildCommandOptions) =>
    runAction(cli, options, async () =>
      (await import('../run-rebuild.js')).runRebuild(cli, reference, options),
    ),
  );
}
