import { Option, type Command } from 'commander';
import type { SbomFormat } from '../../contracts/inspection-operations.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { addConnectionOptions, addExamples, type ConnectionOptions, seconds } from '../options.js';

export interface SbomOptions extends ConnectionOptions {
  readonly format: SbomFormat;
  readonly output?: string;
  readonly platform?: string;
  readonly wait?: boolean;
  readonly timeout?: number;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest; or an image by its digest')
    .addOption(
      new Option('--format <format>', 'of the document').choices(['cyclonedx', 'spdx']).default('cyclonedx'),
    )
    .option('-o, --output <file>', 'where to put it; stdout unless set')
    .option('--platform <platform>', 'of an image for several platforms (default: its first)')
    .option('--wait', 'until Kiln has made it')
    .option('--timeout <duration>', 'with --wait: how long at most: 90s, 15m (default: 15m)', seconds);
  addExamples(command, {
    'kiln sbom app#3': 'what is in its image, as CycloneDX',
    'kiln sbom app#3 --format spdx -o app.spdx.json': 'as SPDX, into a file',
    'kiln sbom app#latest --wait': 'right after a build',
  });
  addConnectionOptions(command, 'one JSON document: the bill of materials itself, or {file, size_bytes}');
  command.action((reference: string, options: SbomOptions) =>
    runAction(cli, options, async () => {
      const { downloadSbom } = await import('../download-sbom.js');
      return downloadSbom(cli, reference, options);
    }),
  );
}
