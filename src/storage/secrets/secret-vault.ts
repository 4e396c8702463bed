import { gitCredentialOf, parseCredentialHost } from '../../domain/secrets/credential.js';
import type { Sealer, SecretVault } from '../../ports/secrets.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { openGitCredential, openRegistryCredential, readCredentials } from './read-values.js';

/** Opened values for Kiln's own processes; works under both roles. */
export function createSecretVault(db: Database, sealer: Sealer): SecretVault {
  return {
    async registryCredential(tenantId, projectId, host) {
      const scope = { tenantId, projectId };
      const hosts = [parseCredentialHost('registry', host)];
      const [row] = await inTenant(db, tenantId, (tx) => readCredentials(tx, scope, 'registry', hosts));
      return row === undefined ? null : openRegistryCredential(sealer, row);
    },

    async gitCredential(tenantId, projectId, url) {
      const wanted = gitCredentialOf(url);
      if (wanted === null) return null;
      const { kind, host } = wanted;
      const scope = { tenantId, projectId };
      const [row] = await inTenant(db, tenantId, (tx) => readCredentials(tx, scope, kind, [host]));
      return openGitCredential(sealer, kind, row);
    },
  };
}
