import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln whoami': 'check address and token',
  });
  addConnectionOptions(command, 'one JSON document');
  command.action((options: ConnectionOptions) => runAction(cli, options, () => ask(cli, options)));
}

async function ask(cli: Cli, options: ConnectionOptions): Promise<number> {
  const { resolveConnection } = await import('../connection.js');
  const { createClient } = await import('../client.js');
  const { whoami } = await import('../../contracts/identity.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const { row } = await import('../progress/result-view.js');
  const connection = resolveConnection(cli, options);
  const me = await createClient(connection).call(whoami, {});
  if (options.json === true) {
    printJson(cli, {
      api_url: connection.apiUrl,
      api_url_from: connection.from.apiUrl,
      token_from: connection.from.token,
      ...me,
    });
    return EXIT.success;
  }
  const style = styleOf(cli, cli.stdout);
  print(cli, [
    ...row('address', `${connection.apiUrl} (${connection.from.apiUrl})`, style),
    ...row('token', `from ${connection.from.token}`, style),
    ...row('tenant', me.tenant, style),
    ...row('user', me.user ?? 'none: a token of the tenant itself', style),
  ]);
  return EXIT.success;
}
