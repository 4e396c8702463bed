import type { Secret } from '../../../contracts/secrets.js';
import type { StoredSecret } from '../../../ports/secrets.js';

/** A secret as the API shows it: everything but its value. */
export function showSecret({ id, name, project, version, createdAt, updatedAt }: StoredSecret): Secret {
  return { id, name, project, version, created_at: createdAt, updated_at: updatedAt };
}
