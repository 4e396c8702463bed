import type { Build } from '../contracts/builds.js';
import { isTerminal } from '../domain/builds/status.js';
import { summarise } from './build-summary.js';
import type { Cli } from './cli.js';
import { EXIT, exitCodeOfBuild } from './exit-codes.js';
import type { FollowedBuild } from './follow-build.js';
import { print, printJson, styleOf } from './output.js';
import { resultLines } from './progress/result-view.js';

/** Names a build that nobody waits for. Gives the exit code. */
export function reportDetached(cli: Cli, build: Build, options: { readonly json?: boolean }): number {
  if (options.json === true) printJson(cli, summarise(build, []));
  else print(cli, [`${build.project}#${build.build_number} ${build.id}`]);
  return EXIT.success;
}

/** The last word on a build that was followed. Gives the exit code. */
export function reportFollowed(
  cli: Cli,
  followed: FollowedBuild,
  options: { readonly json?: boolean },
): number {
  const { build, steps, publications, logComplete } = followed;
  const name = `${build.project}#${build.build_number}`;
  if (!isTerminal(build.status)) {
    cli.stderr.write(`Left ${name} as it is\n  Follow it: kiln logs -f ${name}\n`);
    if (options.json === true) printJson(cli, summarise(build, steps));
    return EXIT.left;
  }
  if (options.json === true) printJson(cli, summarise(build, steps));
  else
    print(cli, [
      '',
      ...resultLines(build, { steps, publications, nowMs: Date.now(), style: styleOf(cli, cli.stdout) }),
    ]);
  if (!logComplete) cli.stderr.write(`The end of the log is still on its way: kiln logs ${name}\n`);
  return exitCodeOfBuild(build);
}
