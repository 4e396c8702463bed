import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT_CODES_HELP } from '../exit-codes.js';
import { addConnectionOptions, addExamples, addProgressOption, collect } from '../options.js';
import type { WhatIfCommandOptions } from '../run-what-if.js';

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'one that succeeded, or a what-if: id, <project>#<number> or <project>#latest')
    .option('--base <image=other>', 'another image in place of one of FROM; may be repeated', collect)
    .option('--method <method>', 'buildx, container or kaniko')
    .option('--no-cache', 'run every step anew')
    .option('--platform <platform>', 'buildx: platform to build for; may be repeated', collect)
    .option('--arg <name=value>', 'value of an ARG; may be repeated; never a secret', collect)
    .option('--target <stage>', 'stage to build')
    .option('--again', 'compare with the build made once more, unchanged, and not with its record')
    .option('-d, --detach', 'do not wait: print the build and return; name it here later to compare')
    .addHelpText(
      'after',
      `\nA new build of the same source with these changes, which is compared with the recorded one and never published: it gets no tag, and
counts for nothing. A what-if itself, named without changes, is compared once more.\n\n${EXIT_CODES_HELP}`,
    );
  addExamples(command, {
    'kiln what-if app#3 --base alpine:3.20=alpine:3.21': 'what another base image would change',
    'kiln what-if app#3 --no-cache --again': 'what the cache spares, both built now',
    'kiln what-if app#4': 'the comparison of a what-if that was made before',
  });
  addProgressOption(addConnectionOptions(command, 'one JSON document {changes, before, after, difference}'));
  command.action((reference: string, options: WhatIfCommandOptions) =>
    runAction(cli, options, async () =>
      (await import('../run-what-if.js')).runWhatIf(cli, reference, options),
    ),
  );
}
