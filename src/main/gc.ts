import type { Command } from 'commander';
import path from 'node:path';
import { runAction } from '../cli/action.js';
import type { Cli } from '../cli/cli.js';
import { EXIT } from '../cli/exit-codes.js';
import { addExamples } from '../cli/options.js';
import { print, printJson } from '../cli/output.js';
import { plural } from '../cli/terminal/units.js';
import { formatBytes } from '../domain/format-bytes.js';
import { defaultStateFolder } from '../embedded/state-folder.js';

const ABOUT = `
Frees the bytes of images that were removed, and of staging that no build and no retry needs any more, in the registry of \`kiln up\`. Kiln has
to be stopped for it, since a registry cannot tell such bytes from those of a push that goes on. Images stay, with tags or without:
\`kiln images prune\` removes them.`;

/** `kiln gc`: frees room in the registry of a stopped Kiln. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln down && kiln gc && kiln up': 'free what nothing needs',
    'kiln gc --dry-run': 'only say how much that would be',
  });
  command
    .addHelpText('after', ABOUT)
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .option('--dry-run', 'only look')
    .option('--json', 'one JSON document {dry_run, staged_manifests, blobs, freed_bytes}')
    .action((options: { state?: string; dryRun?: boolean; json?: boolean }) =>
      runAction(cli, options, async () => {
        const { collectGarbage } = await import('../embedded/registry-storage/collect-garbage.js');
        const dryRun = options.dryRun === true;
        const stateFolder = path.resolve(cli.cwd, options.state ?? defaultStateFolder());
        const collected = await collectGarbage(stateFolder, { dryRun });
        if (options.json === true) printJson(cli, { dry_run: dryRun, ...collected });
        else {
          const blobs = `${formatBytes(collected.freed_bytes)} in ${plural(collected.blobs, 'blob')}`;
          const staged = plural(collected.staged_manifests, 'image');
          print(cli, [
            dryRun
              ? `Would free ${blobs}; ${staged} of staging would go.`
              : `Freed ${blobs}; ${staged} of staging went.`,
          ]);
        }
        return EXIT.success;
      }),
    );
}
