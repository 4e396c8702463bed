import { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

/** `kiln projects badge`: gives a project a badge, or takes it away. */
export function badgeCommand(cli: Cli): Command {
  const command = new Command('badge').description('give a project a badge, or take it away');
  addExamples(command, {
    'kiln projects badge on app': 'a new address, which is shown once',
    'kiln projects badge off app': 'nobody sees it any more',
  });
  const on = command.command('on <project>').description('give the badge a new address, and show it, once');
  addConnectionOptions(on, '{url_path}').action((project: string, options: ConnectionOptions) =>
    runAction(cli, options, () => switchOn(cli, project, options)),
  );
  const off = command.command('off <project>').description('take the badge away');
  addConnectionOptions(off, '{removed}').action((project: string, options: ConnectionOptions) =>
    runAction(cli, options, () => switchOff(cli, project, options)),
  );
  return command;
}

async function switchOn(cli: Cli, project: string, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { switchBadgeOn } = await import('../../contracts/badges.js');
  const { print, printJson } = await import('../output.js');
  const client = connect(cli, options);
  const badge = await client.call(switchBadgeOn, { params: { project } });
  const url = `${client.apiUrl.replace(/\/$/, '')}${badge.url_path}`;
  if (options.json === true) printJson(cli, badge);
  else
    print(cli, [
      `![build](${url})`,
      '',
      '`&branch=main` at its end shows one branch. The address is not shown again; it begins as Kiln is reached from here.',
    ]);
  return EXIT.success;
}

async function switchOff(cli: Cli, project: string, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { switchBadgeOff } = await import('../../contracts/badges.js');
  const { print, printJson } = await import('../output.js');
  await connect(cli, options).call(switchBadgeOff, { params: { project } });
  if (options.json === true) printJson(cli, { removed: project });
  else print(cli, [`${project} has no badge any more`]);
  return EXIT.success;
}
