import type { Credential } from '../../../contracts/credentials.js';
import type { StoredCredential } from '../../../ports/secrets.js';

/** A credential as the API shows it: everything but its value. */
export function showCredential(stored: StoredCredential): Credential {
  const { id, kind, host, project, username, knownHosts, version, createdAt, updatedAt } = stored;
  return {
    id,
    kind,
    host,
    project,
    username,
    known_hosts: knownHosts,
    version,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}
