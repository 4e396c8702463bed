import type { Command } from 'commander';
import path from 'node:path';
import { runAction } from '../cli/action.js';
import type { Cli } from '../cli/cli.js';
import { EXIT } from '../cli/exit-codes.js';
import { addExamples } from '../cli/options.js';
import { print, printJson, progressFor } from '../cli/output.js';
import { formatBytes } from '../domain/format-bytes.js';
import type { Manifest } from '../embedded/backup/manifest.js';
import { defaultStateFolder } from '../embedded/state-folder.js';
import { readVersion } from './version.js';

const ABOUT = `
Makes a folder with the database, the uploaded contexts and, of \`kiln up\`, the registry; builds go on meanwhile. Temporal's state is
no part: what it holds is in the rows. The keyring is no part either, and nobody reads the stored secrets without it: keep a copy
of it apart, or let --with-keyring write one to another disk.

Without more it means the \`kiln up\` of the state folder, which need not serve. An installation is named as for \`kiln setup\`, by
KILN_CONFIG_FILE or KILN_ADMIN_DATABASE_URL and so on; add KILN_DATA_DIR of the api for its contexts. Its registry is backed up by
whoever runs it.`;

interface BackupCommandOptions {
  readonly state?: string;
  readonly withKeyring?: string;
  readonly registry: boolean;
  readonly json?: boolean;
}

/** `kiln backup`: everything that a Kiln keeps, as one folder that `kiln restore` takes. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln backup /backup/today --with-keyring /elsewhere/keyring.json': 'of the `kiln up` of this folder',
  });
  command
    .argument('[dir]', 'folder to make (default: kiln-backup-<time> here)')
    .addHelpText('after', ABOUT)
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .option('--with-keyring <file>', 'write the keyring to this file, which lies outside the backup')
    .option('--no-registry', 'leave out the images')
    .option('--json', 'one JSON document')
    .action((dir: string | undefined, options: BackupCommandOptions) =>
      runAction(cli, options, () => backup(cli, dir, options)),
    );
}

async function backup(cli: Cli, dir: string | undefined, options: BackupCommandOptions): Promise<number> {
  const { installationPlace, isInstallation, withStateFolder } = await import('../embedded/place.js');
  const { tellTrouble } = await import('../embedded/backup/trouble.js');
  const { makeBackup } = await import('../embedded/backup/make-backup.js');
  const { shownSteps } = await import('./shown-steps.js');
  const progress = progressFor(cli, options);
  const target = path.resolve(
    cli.cwd,
    dir ?? `kiln-backup-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`,
  );
  const wanted = {
    target,
    withRegistry: options.registry,
    kilnVersion: readVersion(),
    step: shownSteps(progress),
    ...(options.withKeyring !== undefined && { keyringTo: path.resolve(cli.cwd, options.withKeyring) }),
  };
  try {
    const manifest = await tellTrouble(() =>
      isInstallation(cli.env, options.state)
        ? makeBackup(installationPlace(cli.env), wanted)
        : withStateFolder(
            path.resolve(cli.cwd, options.state ?? defaultStateFolder()),
            { command: 'kiln backup', environment: cli.env, withRegistry: false },
            (place) => makeBackup(place, wanted),
          ),
    );
    progress.close();
    if (options.json === true) printJson(cli, { ok: true, folder: target, ...manifest });
    else print(cli, summary(target, manifest, wanted.keyringTo));
    return EXIT.success;
  } finally {
    progress.close();
  }
}

function summary(target: string, manifest: Manifest, keyringTo: string | undefined): string[] {
  const bytes = manifest.parts.reduce((sum, part) => sum + part.size_bytes, 0);
  const parts = manifest.parts.map(({ name }) => name).join(', ');
  const keys =
    keyringTo === undefined
      ? manifest.key_ids.length === 0
        ? []
        : [
            `Its secrets need the keyring, which is not in it (${manifest.key_ids.join(', ')}): keep a copy apart.`,
          ]
      : [`The keyring is in ${keyringTo}: keep it apart from the backup.`];
  return [`${target}: ${parts}; ${formatBytes(bytes)}.`, ...keys];
}
