import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { pruneCommand } from './images-prune.js';
import { addConnectionOptions, addExamples, wholeNumber, type ConnectionOptions } from '../options.js';

interface ImagesOptions extends ConnectionOptions {
  readonly limit: number;
  readonly cursor?: string;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('[project]', 'only those of this project')
    .option('-n, --limit <count>', 'how many, newest first', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'go on where a list ended');
  addExamples(command, {
    'kiln images app': 'the images of app, with their tags',
    'kiln images prune app --dry-run': 'which of them the retention of app would remove',
    'kiln layers sha256:8d3b6f0c52a9': 'the layers of one of them',
  });
  addConnectionOptions(command, 'one JSON document {items, next_cursor}');
  command
    .addCommand(pruneCommand(cli).copyInheritedSettings(command))
    .usage('[project] [options] | prune [project] [options]');
  command.action((project: string | undefined, options: ImagesOptions) =>
    runAction(cli, options, () => listAll(cli, project, options)),
  );
}

async function listAll(cli: Cli, project: string | undefined, options: ImagesOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { listImages } = await import('../../contracts/image-operations.js');
  const { imageListLines } = await import('../views/image-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const page = await connect(cli, options).call(listImages, {
    query: {
      limit: String(options.limit),
      ...(project === undefined ? {} : { project }),
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
    },
  });
  if (options.json === true) {
    printJson(cli, page);
    return EXIT.success;
  }
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  print(cli, imageListLines(page.items, { columns, nowMs: Date.now(), style: styleOf(cli, cli.stdout) }));
  if (page.next_cursor !== null) cli.stderr.write(`More: --cursor ${page.next_cursor}\n`);
  return EXIT.success;
}
