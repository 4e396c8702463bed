import { listSigningKeys } from '../contracts/provenance-operations.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { CommandFailure } from './failure.js';
import type { ConnectionOptions } from './options.js';
import { printJson } from './output.js';

/** `kiln keys public`: the key by which Kiln signs, or also those before it, as cosign and openssl read them. */
export async function printPublicKeys(
  cli: Cli,
  options: ConnectionOptions & { readonly all?: boolean },
): Promise<number> {
  const { items } = await connect(cli, options).call(listSigningKeys, {});
  const shown = options.all === true ? items : items.slice(0, 1);
  if (options.json === true) printJson(cli, { items: shown });
  else if (shown.length === 0)
    throw new CommandFailure('not_found', {
      message: 'This Kiln has no signing key.',
      fix: 'Set KILN_SIGNING_KEY of the controller to a file with one, and ask again a moment after it has started.',
    });
  else {
    cli.stdout.write(shown.map(({ public_key: key }) => key).join(''));
    const earlier = items.length - shown.length;
    if (earlier > 0)
      cli.stderr.write(
        `${earlier === 1 ? 'An earlier key' : `${earlier} earlier keys`} of this Kiln: \`kiln keys public --all\`.\n`,
      );
  }
  return EXIT.success;
}
