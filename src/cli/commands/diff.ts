import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { ImageDetail } from '../../contracts/images.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import {
  addConnectionOptions,
  addExamples,
  seconds,
  wholeNumber,
  type ConnectionOptions,
} from '../options.js';

interface DiffOptions extends ConnectionOptions {
  readonly platform?: string;
  readonly limit?: number;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest; or an image by its digest')
    .argument('<other-build>', 'the same')
    .option('--platform <platform>', 'of images for several platforms (default: their first)')
    .option('-n, --limit <count>', 'how many files (default: 20)', wholeNumber(0, 1000))
    .option('--wait', 'until Kiln has looked into the layers and packages of both')
    .option(
      '--timeout <duration>',
      'with --wait: how long at most, for each image: 90s, 15m (default: 15m)',
      seconds,
    );
  addExamples(command, {
    'kiln diff app#3 app#4': 'what the fourth build changed: size, settings, layers, packages, files',
  });
  addConnectionOptions(command, 'one JSON document {before, after, layers, settings, packages, files}');
  command.action((before: string, after: string, options: DiffOptions) =>
    runAction(cli, options, () => show(cli, [before, after], options)),
  );
}

async function show(cli: Cli, references: readonly string[], options: DiffOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findImage, waitUntilComparable } = await import('../image-reference.js');
  const { compareImages } = await import('../../contracts/image-operations.js');
  const { differenceLines, whyPackagesUnknown } = await import('../views/image-difference.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const images: ImageDetail[] = [];
  const patience = {
    timeoutSeconds: options.timeout,
    tell: (line: string) => void cli.stderr.write(`${line}\n`),
  };
  for (const reference of references) {
    const found = await findImage(client, reference);
    images.push(options.wait === true ? await waitUntilComparable(client, found, patience) : found);
  }
  const [image = '', other = ''] = images.map(({ id }) => id);
  const difference = await client.call(compareImages, {
    params: { image, other },
    query: {
      ...(options.platform !== undefined && { platform: options.platform }),
      ...(options.limit !== undefined && { limit: String(options.limit) }),
    },
  });
  if (options.json === true) printJson(cli, difference);
  else {
    const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
    const canvas = { columns, style: styleOf(cli, cli.stdout) };
    print(cli, differenceLines(difference, canvas, whyPackagesUnknown(images)));
  }
  return EXIT.success;
}
