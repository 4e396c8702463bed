import { KilnError } from '../../domain/errors.js';
import type { ApiDeps } from '../deps.js';

/** Where an error says that stored bytes are gone or are others, they count as lost from now on. */
export async function forgetLost(
  deps: Pick<ApiDeps, 'contents' | 'events'>,
  tenantId: string,
  sha256: string,
  error: unknown,
): Promise<boolean> {
  const code = error instanceof KilnError ? error.code : null;
  if (code !== 'not_found' && code !== 'digest_mismatch') return false;
  await deps.contents.forget({ tenantId, userId: null }, sha256);
  deps.events.contentLost({ tenantId, sha256, what: code === 'not_found' ? 'missing' : 'changed' });
  return true;
}
