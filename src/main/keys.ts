import type { Command } from 'commander';
import path from 'node:path';
import { runAction } from '../cli/action.js';
import type { Cli } from '../cli/cli.js';
import { EXIT } from '../cli/exit-codes.js';
import type { KeyOptions } from './keys/open-keys.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../cli/options.js';

const ABOUT = `
The keyring is the file KILN_KEYRING_FILE (of \`kiln up\`: secrets/keyring.json in its state folder). Without it the values in
the database, and in its backups, cannot be opened: keep a copy of it apart from them. Rotation needs no pause: a new key
becomes current, then every value's own key is wrapped by it, as soon as every api and controller has loaded it. Where they have copies
of the file, give them the new one, restart them and finish with --continue. Old keys stay in the file, since older backups
need them, until --retire removes those that no value uses.

Provenance is signed by another key, which the controller alone reads: KILN_SIGNING_KEY (of \`kiln up\`: secrets/signing-key.pem).`;

/** `kiln keys`: shows and rotates the master keys of stored secrets; for the operator, on a machine with keyring and database. */
export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT);
  addExamples(command, {
    'kiln keys show': 'which keys there are',
    'kiln keys rotate': 'put every value under a new one',
    'kiln keys public > kiln.pub': 'what `cosign verify --key kiln.pub` needs',
  });
  const withState = (sub: Command): Command =>
    sub
      .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
      .option('--json', 'one JSON document');
  const rotate = withState(
    command.command('rotate').description('make a new key current and use it for everything'),
  )
    .option('--retire', 'remove keys that no value uses any more from the keyring')
    .option('--continue', 'finish a rotation with the current key, without making a new one');
  rotate.action((options: KeyOptions & { retire?: boolean; continue?: boolean }) =>
    runAction(cli, options, async () => {
      const { rotateKeys } = await import('./keys/rotate-keys.js');
      const { print, printJson } = await import('../cli/output.js');
      const done = await rotateKeys(await folderOf(cli, options), environmentOf(cli, options), {
        retire: options.retire === true,
        continued: options.continue === true,
      });
      if (options.json === true) printJson(cli, done);
      else {
        print(cli, [
          `${done.current} is the current key; ${done.rewrapped} values are under it now.`,
          ...(done.unreadable > 0
            ? [`${done.unreadable} values cannot be opened: their key is not in the keyring.`]
            : []),
          ...(done.retired.length > 0 ? [`Removed from the keyring: ${done.retired.join(', ')}`] : []),
        ]);
      }
      return done.unreadable > 0 ? EXIT.failed : EXIT.success;
    }),
  );
  const signing = withState(
    command
      .command('new-signing-key')
      .description('sign provenance by a new key from now on; what older keys have signed still holds'),
  );
  signing.action((options: KeyOptions) =>
    runAction(cli, options, async () => {
      const { replaceSigningKeyOf } = await import('./keys/replace-signing-key.js');
      const { print, printJson } = await import('../cli/output.js');
      const { keyId, publicKey } = await replaceSigningKeyOf(
        await folderOf(cli, options),
        environmentOf(cli, options),
      );
      if (options.json === true) printJson(cli, { key_id: keyId, public_key: publicKey });
      else
        print(cli, [
          `Signed by ${keyId} from now on. Who verifies with cosign needs its public key:`,
          publicKey,
        ]);
      return EXIT.success;
    }),
  );
  const publicKeys = addConnectionOptions(
    command
      .command('public')
      .description('print the public key by which this Kiln signs, in PEM')
      .option('--all', 'older ones as well, the newest first'),
    'one JSON document {items}',
  );
  publicKeys.action((options: ConnectionOptions & { all?: boolean }) =>
    runAction(cli, options, async () => {
      const { printPublicKeys } = await import('../cli/print-public-keys.js');
      return printPublicKeys(cli, options);
    }),
  );
  const show = withState(
    command.command('show').description('list the keys and how many values each one wraps'),
  );
  show.action((options: KeyOptions) =>
    runAction(cli, options, async () => {
      const { showKeys } = await import('./keys/show-keys.js');
      const { print, printJson } = await import('../cli/output.js');
      const { tableLines } = await import('../cli/terminal/table.js');
      const keys = await showKeys(await folderOf(cli, options), environmentOf(cli, options));
      if (options.json === true) printJson(cli, { keys });
      else {
        const rows = keys.map(({ id, values, state }) => [id, String(values), state]);
        print(cli, tableLines([['KEY', 'VALUES', 'STATE'], ...rows], Infinity));
      }
      return EXIT.success;
    }),
  );
}

async function folderOf(cli: Cli, options: KeyOptions): Promise<string> {
  const { defaultStateFolder } = await import('../embedded/state-folder.js');
  return path.resolve(cli.cwd, options.state ?? defaultStateFolder());
}

/** Where --state names the folder, the environment names nothing else. */
function environmentOf(cli: Cli, options: KeyOptions): Cli['env'] {
  return options.state === undefined ? cli.env : {};
}
