import { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { addConnectionOptions, addExamples, someName } from '../options.js';
import type { PruneOptions } from '../confirm-prune.js';

/** `kiln builds prune`: leaves only the record of the builds that the retention of projects lets go. */
export function buildPruneCommand(cli: Cli): Command {
  const command = new Command('prune')
    .description('leave only the record of old builds: no steps, log, artifacts, metrics, warnings and tests')
    .argument('[project]', 'slug or id; every project with a rule for builds without one', someName)
    .option('--dry-run', 'only show what would go and what stays')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nWhat goes is set by `kiln builds retention`; the newest success of each branch,\nbuilds that are not over and what something needs stay in any case.',
    );
  addExamples(command, {
    'kiln builds retention app --keep-builds 50 --older-than 30d': 'what goes',
    'kiln builds prune app --dry-run': 'show what would go',
    'kiln builds prune app': 'show it, ask, remove it',
  });
  addConnectionOptions(command, 'one JSON document: {projects}');
  return command.action((project: string | undefined, options: PruneOptions) =>
    runAction(cli, options, async () =>
      (await import('../run-build-prune.js')).runBuildPrune(cli, project, options),
    ),
  );
}
