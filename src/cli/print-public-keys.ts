import { listSigningKeys } from '../contracts/provenance-operations.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { CommandFailure } from './failure.js';
import type { ConnectionOptions } from './options.js';
import { printJson } from './output.js';

/** `kiln keys public`: the key by which Kiln has signed last, or all of them, as cosign and openssl read them. */
export async function printPublicKeys(
  cli: Cli,
  options: ConnectionOptions & { readonly all?: boolean },
): Promise<number> {
  const { items } = await connect(cli, options).call(listSigningKeys, {});
  const shown = options.all === true ? items : items.slice(0, 1);
  if (options.json === true) printJson(cli, { items: shown });
  else if (shown.length === 0)
    throw new CommandFailure('not_found', {
      message: 'This Kiln has signed nothing yet.',
      fix: 'It signs by its key as soon as a build succeeds; the controller needs KILN_SIGNING_KEY for that.',
    });
  else cli.stdout.write(shown.map(({ public_key: key }) => key).join(''));
  return EXIT.success;
}
