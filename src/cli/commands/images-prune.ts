import { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { addConnectionOptions, addExamples } from '../options.js';
import type { PruneOptions } from '../confirm-prune.js';

/** `kiln images prune`: removes what the retention of projects lets go. */
export function pruneCommand(cli: Cli): Command {
  const command = new Command('prune')
    .description('remove the images that the retention of a project lets go')
    .argument('[project]', 'slug or id; every project with a retention without one')
    .option('--dry-run', 'only show what would go')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nWhat goes is set by `kiln projects set`; a tag keeps its image, but for the number\nthat Kiln gives, a tag with the commit in it, and those that --expendable-tag names.',
    );
  addExamples(command, {
    'kiln projects set app --keep-newest 10 --older-than 30d --protect-tag "v*"': 'what goes',
    'kiln images prune app --dry-run': 'show what would go',
    'kiln images prune app': 'show it, ask, remove it',
  });
  addConnectionOptions(command, 'one JSON document: {projects}');
  return command.action((project: string | undefined, options: PruneOptions) =>
    runAction(cli, options, async () => (await import('../run-prune.js')).runPrune(cli, project, options)),
  );
}
