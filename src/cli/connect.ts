import type { Cli } from './cli.js';
import { createClient, type Client, type ClientOptions } from './client.js';
import { resolveConnection } from './connection.js';
import type { ConnectionOptions } from './options.js';

/** The client of a command, from its options and surroundings, with the patience and the connections that the command wants. */
export function connect(
  cli: Cli,
  options: ConnectionOptions,
  more: Pick<ClientOptions, 'firstPatienceMs' | 'patienceMs' | 'connections'> = {},
): Client {
  const { apiUrl, token } = resolveConnection(cli, options);
  return createClient({ apiUrl, token, ...more });
}
