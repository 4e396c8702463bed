import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import type { Client } from '../client.js';
import { CommandFailure, usageFailure } from '../failure.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, type ConnectionOptions } from '../options.js';

interface OpenOptions extends ConnectionOptions {
  readonly temporal?: boolean;
  readonly docs?: boolean;
  readonly print?: boolean;
}

const ABOUT = `
Without a display, and with --print, the address is printed and nothing opens.

  kiln open                 the API reference
  kiln open app#3           the run of that build in the Temporal Web UI
  kiln open app#latest --print`;

export function define(command: Command, cli: Cli): void {
  command
    .argument('[build]', 'id, <project>#<number> or <project>#latest')
    .option('--temporal', 'the Temporal Web UI: the run of the build, or all of them')
    .option('--docs', 'the API reference')
    .option('--print', 'print the address only')
    .addHelpText('after', ABOUT);
  addConnectionOptions(command, 'one JSON document: {url, opened}');
  command.action((reference: string | undefined, options: OpenOptions) =>
    runAction(cli, options, () => openPage(cli, reference, options)),
  );
}

async function openPage(cli: Cli, reference: string | undefined, options: OpenOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { print, printJson } = await import('../output.js');
  if (options.docs === true && (options.temporal === true || reference !== undefined)) {
    throw usageFailure('--docs is a page of its own.', 'Leave the build and --temporal out, or --docs.');
  }
  const client = connect(cli, options);
  const isTemporal = options.temporal === true || reference !== undefined;
  const url = isTemporal ? await temporalPage(client, reference) : `${client.apiUrl}/docs`;
  const opened = options.print !== true && options.json !== true && cli.browser !== null;
  if (options.json === true) printJson(cli, { url, opened });
  else print(cli, [url]);
  if (opened) await cli.browser?.(url);
  return EXIT.success;
}

async function temporalPage(client: Client, reference: string | undefined): Promise<string> {
  const { getInstallation } = await import('../../contracts/service.js');
  const { temporalRunUrl } = await import('../../domain/builds/temporal-run.js');
  const { findBuild } = await import('../build-reference.js');
  const build = reference === undefined ? null : await findBuild(client, reference);
  const { temporal_ui_url: uiUrl, temporal_namespace: namespace } = await client.call(getInstallation, {});
  if (uiUrl === null) {
    throw new CommandFailure('not_found', {
      message: 'This Kiln does not say where its Temporal Web UI is.',
      fix: 'Set KILN_TEMPORAL_UI_URL for its api.',
    });
  }
  /* What a server names is handed to programs of this machine. */
  if (!/^https?:\/\//.test(uiUrl) || !URL.canParse(uiUrl)) {
    throw new CommandFailure('internal', {
      message: `Kiln names ${uiUrl} as its Temporal Web UI, which is no web address.`,
    });
  }
  return build === null ? uiUrl : temporalRunUrl(uiUrl, namespace, build.workflow_id);
}
