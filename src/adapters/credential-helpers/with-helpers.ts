import { parseCredentialHost } from '../../domain/secrets/credential.js';
import type { CredentialHelper } from '../../domain/network/credential-helper.js';
import type { ControlPlane } from '../../ports/control-plane.js';
import type { RegistryCredential, SecretVault } from '../../ports/secrets.js';
import { askHelper } from './ask-helper.js';

type Ask = typeof askHelper;

/** The api, with the credentials of this host's helpers for registries of which it holds none itself. */
export function withHelpers<Api extends Pick<ControlPlane, 'fetchSecrets'>>(
  api: Api,
  helpers: readonly CredentialHelper[],
  ask: Ask = askHelper,
): Api {
  if (helpers.length === 0) return api;
  const fetchSecrets: ControlPlane['fetchSecrets'] = async (auth, wanted, signal) => {
    const values = await api.fetchSecrets(auth, wanted, signal);
    const hosts = wanted.registryHosts.map((host) => parseCredentialHost('registry', host));
    const open = hosts.filter((host) => !values.registries.some((one) => one.host === host));
    const asked = await Promise.all([...new Set(open)].map((host) => askFor(helpers, host, ask)));
    return { ...values, registries: [...values.registries, ...asked.filter((one) => one !== null)] };
  };
  return { ...api, fetchSecrets };
}

/** The vault, with the credentials of this host's helpers for registries of which it holds none. */
export function vaultWithHelpers<Vault extends Pick<SecretVault, 'registryCredential'>>(
  vault: Vault,
  helpers: readonly CredentialHelper[],
  ask: Ask = askHelper,
): Vault & Pick<SecretVault, 'registryCredential'> {
  return {
    ...vault,
    registryCredential: async (tenantId, projectId, host) =>
      (await vault.registryCredential(tenantId, projectId, host)) ??
      askFor(helpers, parseCredentialHost('registry', host), ask),
  };
}

async function askFor(
  helpers: readonly CredentialHelper[],
  host: string,
  ask: Ask,
): Promise<RegistryCredential | null> {
  const helper = helpers.find((one) => parseCredentialHost('registry', one.host) === host);
  return helper === undefined ? null : ask({ ...helper, host });
}
