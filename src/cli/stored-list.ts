import type { Credential, listCredentials } from '../contracts/credentials.js';
import type { listSecrets, Secret } from '../contracts/secrets.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { print, printJson, styleOf } from './output.js';
import { ownerOf, type ListOptions } from './owner-options.js';
import { tableLines } from './terminal/table.js';
import { formatAge } from './terminal/units.js';

type Lists = typeof listSecrets | typeof listCredentials;
type ItemOf<O extends Lists> = O extends typeof listSecrets ? Secret : Credential;

/** Shows one page of secrets or credentials: its own columns, then whose, version and age. */
export async function showList<O extends Lists>(
  cli: Cli,
  options: ListOptions,
  operation: O,
  view: { head: string[]; columns: (item: ItemOf<O>) => string[]; empty: string },
): Promise<number> {
  const { cursor } = options;
  const query = {
    ...ownerOf(options),
    limit: String(options.limit),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const page = await connect(cli, options).call<Lists>(operation, { query });
  if (options.json === true) {
    printJson(cli, page);
    return EXIT.success;
  }
  const style = styleOf(cli, cli.stdout);
  const head = [...view.head, 'PROJECT', 'VERSION', 'SET'].map((title) => style.dim(title));
  const rows = page.items.map((item) => [
    ...view.columns(item as ItemOf<O>),
    item.project ?? 'every',
    String(item.version),
    formatAge(item.updated_at, Date.now()),
  ]);
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  print(cli, rows.length === 0 ? [view.empty] : tableLines([head, ...rows], columns));
  if (page.next_cursor !== null) cli.stderr.write(`More: --cursor ${page.next_cursor}\n`);
  return EXIT.success;
}
