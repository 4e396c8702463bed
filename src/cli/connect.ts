import type { Cli } from './cli.js';
import { createClient, type Client } from './client.js';
import { resolveConnection } from './connection.js';
import type { ConnectionOptions } from './options.js';

/** The client of a command, from its options and surroundings. */
export function connect(cli: Cli, options: ConnectionOptions): Client {
  const { apiUrl, token } = resolveConnection(cli, options);
  return createClient({ apiUrl, token });
}
