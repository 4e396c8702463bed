import type { ContentProgress } from '../../contracts/uploads.js';
import { KilnError } from '../../domain/errors.js';
import type { Content } from '../../ports/contents.js';
import type { TenantContext } from '../../ports/stores.js';
import type { ApiDeps } from '../deps.js';
import { requireSha256 } from './require-sha256.js';

/** A content that a list of the tenant asks for; `not_found` for any other. */
export async function wantedContent(
  deps: Pick<ApiDeps, 'contents'>,
  tenant: TenantContext,
  digest: string,
): Promise<Content & { isStored: boolean }> {
  requireSha256(digest);
  const found = await deps.contents.find(tenant, digest);
  if (found === null) {
    throw new KilnError('not_found', { message: 'No list asks for this content: PUT the list first.' });
  }
  return found;
}

/** How far a content has come, as the API shows it. */
export function showProgress(content: Content, arrivedBytes: number, isStored: boolean): ContentProgress {
  return {
    sha256: content.sha256,
    size_bytes: content.sizeBytes,
    offset_bytes: isStored ? content.sizeBytes : arrivedBytes,
    stored: isStored,
  };
}
