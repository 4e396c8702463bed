import { replaceSigningKey } from '../../adapters/signing/signing-key-file.js';
import { CommandFailure } from '../../cli/failure.js';
import { loadControllerConfig } from '../../config.js';
import { secretPath } from '../../embedded/state.js';
import type { Signer } from '../../ports/attestations.js';

/**
 * Replaces the signing key that the controller's configuration names, else that of the `kiln up` in the state folder. The controller reads
 * the file each time that it signs. Raises `config_invalid` where there is no key yet.
 */
export async function replaceSigningKeyOf(
  stateFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Pick<Signer, 'keyId' | 'publicKey'>> {
  const isConfigured = ['KILN_SIGNING_KEY', 'KILN_CONFIG_FILE'].some((name) => environment[name]);
  const file = isConfigured
    ? (environment['KILN_SIGNING_KEY'] ?? loadControllerConfig(environment).signingKey)
    : secretPath(stateFolder, 'signing-key.pem');
  if (file === undefined)
    throw new CommandFailure('config_invalid', {
      message: 'KILN_SIGNING_KEY is not set: there is no key to replace.',
      fix: 'Run `kiln setup`, which makes one, or set KILN_SIGNING_KEY to its file.',
    });
  return replaceSigningKey(file);
}
