import type { Command } from 'commander';
import { runAction } from '../action.js';
import { askAhead } from '../ask-ahead.js';
import type { Cli } from '../cli.js';
import { EXIT_CODES_HELP } from '../exit-codes.js';
import {
  addConnectionOptions,
  addExamples,
  addProgressOption,
  collect,
  seconds,
  wholeNumber,
} from '../options.js';
import type { BuildCommandOptions } from '../run-build.js';

export function define(command: Command, cli: Cli): void {
  command
    .argument(
      '[source]',
      'folder, or git repository as URL[#REF[:FOLDER]]; "-" reads a Dockerfile from stdin and sends no context',
      '.',
    )
    .option('-p, --project <slug>', "project, made when missing (default: the folder's name)")
    .option('-f, --file <path>', 'Dockerfile inside the folder (default: Dockerfile)')
    .option(
      '--method <name>',
      'build method, such as buildx or kaniko; a wrong one is told all (default: what kiln.yaml or the project says; buildx)',
    )
    .option('--build-file <path>', 'kiln.yaml under another name; of a repository its path there')
    .option('--submodules', 'fetch the submodules of the repository too')
    .option('--lfs', 'fetch the files that git LFS keeps')
    .option(
      '--history <n>',
      'keep .git in the context with so many commits of history; 0 for all (default: no .git)',
      wholeNumber(0, 1_000_000),
    )
    .option('--target <stage>', 'stage to build (default: the last)')
    .option('--build-arg <name=value>', 'value of an ARG; may be repeated; never a secret', collect)
    .option('-t, --tag <reference>', 'repository:tag to move on success; may be repeated', collect)
    .option('--destination <reference>', 'the same as --tag', collect)
    .option('--no-cache', 'run every step anew')
    .option(
      '--cache-from <cache>',
      'cache to read: a reference, or type=local,name=NAME; may be repeated',
      collect,
    )
    .option(
      '--cache-to <cache>',
      'cache to write: a reference, type=local,name=NAME or type=inline; may be repeated',
      collect,
    )
    .option('--cache-repo <repository>', 'kaniko: repository for the layers of steps')
    .option('--secret <id=..,name=..>', 'stored secret for RUN --mount=type=secret; may be repeated', collect)
    .option('--ssh <id=..,name=..>', 'stored private key for RUN --mount=type=ssh; may be repeated', collect)
    .option(
      '--platform <os/arch>',
      'platform such as linux/arm64; may be repeated, for one index of them all',
      collect,
    )
    .option('--builder <image>', 'paketo: image of the builder')
    .option(
      '--buildpack <id>',
      'paketo: buildpack of the builder, ID or ID@VERSION; may be repeated',
      collect,
    )
    .option('--env <name=value>', 'paketo: variable for buildpacks; may be repeated; never a secret', collect)
    .option('--template <path>', 'packer: template inside the folder (default: all *.pkr.hcl of the folder)')
    .option('--base-image <image>', 'packer: image for `buildah from`; may be repeated', collect)
    .option(
      '--priority <n>',
      'from -100 to 100; a point is worth a minute of waiting (default: 0)',
      wholeNumber(-100, 100),
    )
    .option('--timeout <duration>', 'longest time to run: 90s, 15m, 2h (default: 1h)', seconds)
    .option('--memory <size>', 'memory of the build: 500MB, 2GiB (default: what its limits give)')
    .option('--cpus <number>', 'CPUs of the build: 2, 1.5', Number)
    .option('--pids <number>', 'processes and threads of the build at a time', Number)
    .option(
      '--network <which>',
      'network of RUN steps: none, egress (the outside alone), host (trusted projects only), or default, which is what the build host gives',
    )
    .option(
      '--need <name=value>',
      'label that the build host has to have, or zone=NAME, or platform=linux/arm64; may be repeated',
      collect,
    )
    .option('-d, --detach', 'do not wait: print the build and return')
    .addHelpText(
      'after',
      `\nCtrl-C cancels the build; a second one leaves without waiting.\n\n${EXIT_CODES_HELP}`,
    );
  addExamples(command, {
    'kiln build .': 'the folder you are in, as a project of its name',
    'kiln build web -p shop --build-arg VERSION=1.2': 'another folder, for the project shop',
    'kiln build https://git.example.com/team/app.git#main:api': 'a folder of a git repository',
    'kiln build . --secret id=npm-token': 'with a secret that `kiln secrets set` stored',
    'kiln build - < Dockerfile': 'without any files',
  });
  addProgressOption(addConnectionOptions(command, 'one JSON line with the outcome on stdout'));
  command.action((dir: string, options: BuildCommandOptions) =>
    runAction(cli, options, async () => {
      const asked = await askAhead(cli, dir, options);
      try {
        return await (await import('../run-build.js')).runBuild(cli, dir, options, asked);
      } finally {
        asked?.end();
      }
    }),
  );
}
