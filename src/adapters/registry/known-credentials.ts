import { parseCredentialHost } from '../../domain/secrets/credential.js';
import type { CredentialSource } from '../../ports/image-registry.js';
import type { RegistryCredential } from '../../ports/secrets.js';

/** Credentials that were fetched for one piece of work, each for its own host. */
export function knownCredentials(credentials: readonly RegistryCredential[]): CredentialSource {
  return (host) => {
    const wanted = parseCredentialHost('registry', host);
    return Promise.resolve(credentials.find((one) => one.host === wanted) ?? null);
  };
}
