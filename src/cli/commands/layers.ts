import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

export function define(command: Command, cli: Cli): void {
  command.argument('<build>', 'id, <project>#<number> or <project>#latest');
  addExamples(command, {
    'kiln layers app#3': 'which layers its image has, and where they come from',
  });
  addConnectionOptions(command, 'one JSON document {items}');
  command.action((reference: string, options: ConnectionOptions) =>
    runAction(cli, options, () => listAll(cli, reference, options)),
  );
}

async function listAll(cli: Cli, reference: string, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findBuild } = await import('../build-reference.js');
  const { listLayers } = await import('../../contracts/build-record-operations.js');
  const { layerLines } = await import('../views/layer-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const build = await findBuild(client, reference);
  const layers = await client.call(listLayers, { params: { build: build.id } });
  if (options.json === true) printJson(cli, layers);
  else {
    const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
    print(cli, layerLines(layers.items, { columns, style: styleOf(cli, cli.stdout) }));
  }
  return EXIT.success;
}
