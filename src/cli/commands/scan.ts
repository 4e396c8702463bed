import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions, seconds } from '../options.js';

interface ScanOptions extends ConnectionOptions {
  readonly platform?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest; or an image by its digest')
    .option('--platform <platform>', 'of an image for several platforms (default: its first)')
    .option('--wait', 'until Kiln has scanned it')
    .option('--timeout <duration>', 'with --wait: how long at most: 90s, 15m (default: 15m)', seconds);
  addExamples(command, {
    'kiln scan app#3': 'what the newest scan of its image has found, the worst first',
    'kiln scan app#latest --wait': 'right after a build',
  });
  addConnectionOptions(command, 'one JSON document: the scan with its items');
  command.action((reference: string, options: ScanOptions) =>
    runAction(cli, options, () => show(cli, reference, options)),
  );
}

async function show(cli: Cli, reference: string, options: ScanOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findImage, waitForInspection } = await import('../image-reference.js');
  const { getScan } = await import('../../contracts/inspection-operations.js');
  const { scanLines } = await import('../views/scan-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const image = await findImage(client, reference);
  if (options.wait === true) await waitForInspection(client, image, 'scan', options.timeout);
  const { platform } = options;
  const query = platform === undefined ? {} : { query: { platform } };
  const scan = await client.call(getScan, { params: { image: image.id }, ...query });
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  if (options.json === true) printJson(cli, scan);
  else print(cli, scanLines(scan, { columns, nowMs: Date.now(), style: styleOf(cli, cli.stdout) }));
  return EXIT.success;
}
