import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

const ABOUT = `
The token is read from stdin (hidden on a terminal), checked against Kiln and kept in
~/.config/kiln/cli.json (mode 0600). It is never taken from the command line, which other
users could see. \`kiln up\` needs no login: it leaves address and token in .kiln/cli.json.
Without any file: KILN_API_URL with KILN_TOKEN, or KILN_TOKEN_FILE.`;

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT);
  addExamples(command, {
    'kiln login --api-url https://kiln.example.com': 'asks for the token',
    'kiln login --api-url https://kiln.example.com < token': 'takes it from a file',
  });
  addConnectionOptions(command, 'one JSON document');
  command.action((options: ConnectionOptions) =>
    runAction(cli, options, async () => {
      const { login } = await import('../login.js');
      const { print, printJson } = await import('../output.js');
      const { apiUrl, file } = await login(cli, options);
      if (options.json === true) printJson(cli, { api_url: apiUrl, file });
      else print(cli, [`Address and token of ${apiUrl} are kept in ${file}`]);
      return EXIT.success;
    }),
  );
}
