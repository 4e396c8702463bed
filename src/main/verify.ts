import type { Command } from 'commander';
import path from 'node:path';
import { runAction } from '../cli/action.js';
import type { Cli } from '../cli/cli.js';
import { EXIT } from '../cli/exit-codes.js';
import { addExamples } from '../cli/options.js';
import { print, printJson, styleOf } from '../cli/output.js';

const ABOUT = `
Looks at rows, keys and files: one end of each build, exact counters, leases and slots, sealed logs, row-level security, the key of
every secret, the bytes of every context. Changes nothing, and works while builds run. Exit code 0: everything holds; 1: something
does not.

Without more it means the \`kiln up\` of the state folder, which need not serve. An installation is named as for \`kiln setup\`, by
KILN_CONFIG_FILE or KILN_ADMIN_DATABASE_URL and so on; add KILN_DATA_DIR of the api, and for --registry the settings of registries.`;

interface VerifyCommandOptions {
  readonly state?: string;
  readonly all?: boolean;
  readonly registry?: boolean;
  readonly json?: boolean;
  readonly apiUrl?: string;
}

const ABOUT_IMAGES = `
With an image, what holds of it: that the registry serves it, who has signed where it comes from, that this is the build of the record,
its source, what it was made from, its bill of materials. An image is named by repository:tag, repository@digest, digest, or a build
(app#3). docs/provenance.md says how to ask the same with cosign alone. Exit code 0: it holds; 1: it
does not; 2: something of it is still being made, ask again.`;

/** `kiln verify`: the invariants of a Kiln's state, or what holds of an image, one line each. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln verify registry.example.com/app:3': 'whether this image is what Kiln has built, and from what',
    'kiln verify': 'the state of Kiln itself, a sample; changes nothing',
    'kiln verify --all --registry': 'everything',
  });
  command
    .argument('[image]', 'look at this image instead of the state of Kiln')
    .addHelpText('after', ABOUT_IMAGES)
    .addHelpText('after', ABOUT)
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .option('--all', 'read every sealed log and stored file, not a sample')
    .option('--registry', 'ask the registries for every image and tag')
    .option(
      '--api-url <url>',
      'of an image: address of Kiln (KILN_API_URL; default: the nearest .kiln/cli.json)',
    )
    .option('--json', 'one JSON document')
    .action((image: string | undefined, options: VerifyCommandOptions) =>
      runAction(cli, options, async () => {
        if (image !== undefined) return (await import('../cli/run-verify.js')).runVerify(cli, image, options);
        const { defaultStateFolder } = await import('../embedded/state-folder.js');
        const { installationPlace, isInstallation, withStateFolder } = await import('../embedded/place.js');
        const { tellTrouble } = await import('../embedded/backup/trouble.js');
        const { verify } = await import('../embedded/verify/verify.js');
        const { allHold, checkLines } = await import('./check-report.js');
        const wanted = { all: options.all === true, registry: options.registry === true };
        const checks = await tellTrouble(() =>
          isInstallation(cli.env, options.state)
            ? verify(installationPlace(cli.env), wanted)
            : withStateFolder(
                path.resolve(cli.cwd, options.state ?? defaultStateFolder()),
                { command: 'kiln verify', environment: cli.env, withRegistry: wanted.registry },
                (place) => verify(place, wanted),
              ),
        );
        if (options.json === true) printJson(cli, { ok: allHold(checks), checks });
        else print(cli, checkLines(checks, styleOf(cli, cli.stdout)));
        return allHold(checks) ? EXIT.success : EXIT.failed;
      }),
    );
}
