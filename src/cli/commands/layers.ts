import { Option, type Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import {
  addConnectionOptions,
  addExamples,
  seconds,
  wholeNumber,
  type ConnectionOptions,
} from '../options.js';

interface LayersOptions extends ConnectionOptions {
  readonly files?: boolean;
  readonly layer?: number;
  readonly platform?: string;
  readonly limit?: number;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest; or an image by its digest')
    .argument('[path]', 'with --files: a folder of the image')
    .option('--files', 'its biggest files and folders instead')
    .option(
      '--layer <number>',
      'with --files: what this layer adds, changes and removes',
      wholeNumber(1, 10_000),
    )
    .option('--platform <platform>', 'with --files: of an image for several platforms')
    .addOption(
      new Option('-n, --limit <count>', 'with --files: how many (default: 40)').argParser(
        wholeNumber(1, 1000),
      ),
    )
    .option('--wait', 'until Kiln has looked into the layers')
    .option('--timeout <duration>', 'with --wait: how long at most: 90s, 15m (default: 15m)', seconds);
  addExamples(command, {
    'kiln layers app#3': 'which layers its image has, what each does, and what is wasted',
    'kiln layers app#3 --files': 'what is big in it',
    'kiln layers app#3 --files --layer 4 usr/lib': 'what one layer did in a folder',
    'kiln layers sha256:8d3b6f0c52a9': 'the layers of an image',
  });
  addConnectionOptions(command, 'one JSON document {image, items}; with --files {items}');
  command.action((reference: string, path: string | undefined, options: LayersOptions) =>
    runAction(cli, options, () => show(cli, reference, path, options)),
  );
}

async function show(
  cli: Cli,
  reference: string,
  path: string | undefined,
  options: LayersOptions,
): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findImage, waitUntilExplored } = await import('../image-reference.js');
  const { usageFailure } = await import('../failure.js');
  const isAboutFiles = path !== undefined || options.layer !== undefined || options.limit !== undefined;
  if (options.files !== true && isAboutFiles)
    throw usageFailure('A path, --layer and --limit are about files.', 'Add --files.');
  const client = connect(cli, options);
  const found = await findImage(client, reference);
  const patience = {
    timeoutSeconds: options.timeout,
    tell: (line: string) => void cli.stderr.write(`${line}\n`),
  };
  const image = options.wait === true ? await waitUntilExplored(client, found, patience) : found;
  const { print, printJson, styleOf } = await import('../output.js');
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  const canvas = { columns, style: styleOf(cli, cli.stdout) };
  const params = { image: image.id };
  const { listImageFiles, listImageLayers } = await import('../../contracts/image-operations.js');
  if (options.files === true) {
    const { platform, layer, limit } = options;
    const files = await client.call(listImageFiles, {
      params,
      query: {
        path: path ?? '',
        ...(platform !== undefined && { platform }),
        ...(layer !== undefined && { layer: String(layer) }),
        ...(limit !== undefined && { limit: String(limit) }),
      },
    });
    const { fileTreeLines } = await import('../views/file-tree.js');
    if (options.json === true) printJson(cli, files);
    else print(cli, fileTreeLines(files.items, canvas));
    return EXIT.success;
  }
  const { items } = await client.call(listImageLayers, { params });
  const { explorationLines, layerLines } = await import('../views/layer-list.js');
  if (options.json === true) printJson(cli, { image, items });
  else print(cli, [...layerLines(items, canvas), '', ...explorationLines(image, canvas)]);
  return EXIT.success;
}
