import { isSha256 } from '../../domain/contexts/entry.js';
import { KilnError } from '../../domain/errors.js';
import { isUuid } from '../../domain/ids.js';

/** The name of a tenant's contents. Raises `internal` for what is no id. */
export function placeOfTenant(tenantId: string): string {
  if (!isUuid(tenantId)) throw new KilnError('internal', { detail: 'a tenant without an id' });
  return `contents/${tenantId}`;
}

/** The name of a content: `contents/<tenant>/<1 digit>/<digest>`. `not_found` for what is no digest. */
export function placeOf(tenantId: string, sha256: string): string {
  return `${placeOfTenant(tenantId)}/${checkedDigest(sha256).slice(0, 1)}/${sha256}`;
}

/** The digest itself; `not_found` for what is none. */
export function checkedDigest(sha256: string): string {
  if (!isSha256(sha256)) throw new KilnError('not_found');
  return sha256;
}
