import type { Command } from 'commander';
import path from 'node:path';
import { runAction } from '../cli/action.js';
import type { Cli } from '../cli/cli.js';
import { EXIT } from '../cli/exit-codes.js';
import { addExamples } from '../cli/options.js';
import { print, printJson, progressFor, styleOf } from '../cli/output.js';
import type { Manifest } from '../embedded/backup/manifest.js';
import type { Restored } from '../embedded/backup/restore-state.js';
import { defaultStateFolder } from '../embedded/state-folder.js';
import { allHold, checkLines } from './check-report.js';
import { readVersion } from './version.js';

const ABOUT = `
Reads the backup through first; one that is broken, foreign or of a newer Kiln is refused before anything is touched. One of an older
Kiln is migrated. Builds that were under way are queued again, and hosts that still run something for them are refused.

Without more it restores into a state folder of \`kiln up\`, which must not serve. An installation is named as for \`kiln setup\`, by
KILN_CONFIG_FILE or KILN_ADMIN_DATABASE_URL and so on, with KILN_DATA_DIR for the contexts: stop its api and controller first, and
run \`kiln setup\` afterwards. Exit code 1: restored, but something does not hold.`;

interface RestoreCommandOptions {
  readonly state?: string;
  readonly keyring?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `kiln restore`: a Kiln out of what `kiln backup` made. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln restore /backup/today --keyring /elsewhere/keyring.json': 'into a new .kiln',
  });
  command
    .argument('<dir>', 'folder that `kiln backup` made')
    .addHelpText('after', ABOUT)
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .option('--keyring <file>', 'keyring that opens the secrets; its keys are added to those that are there')
    .option('--force', 'replace what is there; it is set aside, not deleted')
    .option('--json', 'one JSON document')
    .action((dir: string, options: RestoreCommandOptions) =>
      runAction(cli, options, () => restore(cli, path.resolve(cli.cwd, dir), options)),
    );
}

async function restore(cli: Cli, backup: string, options: RestoreCommandOptions): Promise<number> {
  const { installationPlace, isInstallation } = await import('../embedded/place.js');
  const { checkBackup } = await import('../embedded/backup/check-backup.js');
  const { tellTrouble } = await import('../embedded/backup/trouble.js');
  const { restoreInstallation } = await import('../embedded/backup/restore-installation.js');
  const { restoreState } = await import('../embedded/backup/restore-state.js');
  const { shownSteps } = await import('./shown-steps.js');
  const progress = progressFor(cli, options);
  const step = shownSteps(progress);
  try {
    const { manifest, restored } = await tellTrouble(async () => {
      const manifest = await checkBackup(backup, readVersion(), step);
      const wanted = {
        backup,
        manifest,
        force: options.force === true,
        environment: cli.env,
        step,
        ...(options.keyring !== undefined && { keyring: path.resolve(cli.cwd, options.keyring) }),
      };
      const restored = isInstallation(cli.env, options.state)
        ? await restoreInstallation(installationPlace(cli.env), wanted)
        : await restoreState(path.resolve(cli.cwd, options.state ?? defaultStateFolder()), wanted);
      return { manifest, restored };
    });
    progress.close();
    const ok = allHold(restored.checks);
    if (options.json === true) printJson(cli, { ok, created_at: manifest.created_at, ...inJson(restored) });
    else
      print(cli, [...summary(manifest, restored), ...checkLines(restored.checks, styleOf(cli, cli.stdout))]);
    return ok ? EXIT.success : EXIT.failed;
  } finally {
    progress.close();
  }
}

function inJson({ migrated, builds, contentsMissing, setAside, checks }: Restored) {
  return {
    migrated,
    builds_queued_again: builds.queuedAgain,
    builds_still_queued: builds.stillQueued,
    builds_recorded: builds.recorded,
    leases_ended: builds.leasesEnded,
    contents_missing: contentsMissing,
    set_aside: setAside,
    checks,
  };
}

function summary(manifest: Manifest, { migrated, builds, contentsMissing, setAside }: Restored): string[] {
  return [
    `Restored the backup of ${manifest.created_at}, made by Kiln ${manifest.kiln_version}.`,
    ...(migrated.length > 0 ? [`Migrated: ${migrated.join(', ')}.`] : []),
    `Builds that were under way: ${String(builds.queuedAgain)} queued again, ${String(builds.stillQueued)} still queued, ${String(builds.recorded)} had only their record missing.`,
    ...(contentsMissing > 0
      ? [`${String(contentsMissing)} files of contexts are not in the backup: uploads send them again.`]
      : []),
    ...setAside.map((where) => `Kept from before: ${where}`),
  ];
}
