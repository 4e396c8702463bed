import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, wholeNumber, type ConnectionOptions } from '../options.js';

interface PackagesOptions extends ConnectionOptions {
  readonly limit: number;
  readonly cursor?: string;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<package>', 'its name, or what it was built from; with @ also its version')
    .option('-n, --limit <count>', 'how many, by name and those listed last first', wholeNumber(1, 100), 50)
    .option('--cursor <cursor>', 'go on where a list ended');
  addExamples(command, {
    'kiln packages openssl': 'which images have openssl, or what was built from it',
    'kiln packages openssl@3.0.2': 'also as 3.0.2-0ubuntu1.10',
    'kiln packages "openssl@>=3.0,<3.0.7"': 'by the order of versions that their packages have',
    'kiln packages "libssl*@3.0.*"': 'by the beginning of name and version',
  });
  addConnectionOptions(command, 'one JSON document {items, next_cursor, not_compared}');
  command.action((name: string, options: PackagesOptions) =>
    runAction(cli, options, () => find(cli, name, options)),
  );
}

async function find(cli: Cli, name: string, options: PackagesOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findPackages } = await import('../../contracts/inspection-operations.js');
  const { packageLines } = await import('../views/package-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const page = await connect(cli, options).call(findPackages, {
    query: {
      package: name,
      limit: String(options.limit),
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
    },
  });
  if (options.json === true) {
    printJson(cli, page);
    return EXIT.success;
  }
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  print(cli, packageLines(page, { columns, nowMs: Date.now(), style: styleOf(cli, cli.stdout) }));
  if (page.next_cursor !== null) cli.stderr.write(`More: --cursor ${page.next_cursor}\n`);
  return EXIT.success;
}
