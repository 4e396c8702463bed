import { KilnError } from '../domain/errors.js';
import type { AcceptanceDeps } from './deps.js';

/** The bytes of a content. `not_found` when they are not here; those that somebody deleted by hand are asked for again. */
export async function openContent(
  deps: Pick<AcceptanceDeps, 'contents' | 'files'>,
  tenantId: string,
  sha256: string,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    return await deps.files.open(tenantId, sha256);
  } catch (error) {
    if (error instanceof KilnError && error.code === 'not_found')
      await deps.contents.forget({ tenantId, userId: null }, sha256);
    throw error;
  }
}
