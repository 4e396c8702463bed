import { ByteReader } from '../domain/contexts/byte-reader.js';
import type { ContextList } from '../domain/contexts/context-list.js';
import { readContextList } from '../domain/contexts/read-list.js';
import { KilnError } from '../domain/errors.js';
import type { Content } from '../ports/contents.js';
import type { TenantContext } from '../ports/stores.js';
import type { AcceptanceDeps } from './deps.js';
import { openContent } from './open-content.js';

type ListDeps = Pick<AcceptanceDeps, 'contents' | 'files'>;

/** What was judged when it came is judged by no limit again. */
const UNLIMITED = { maxBytes: Infinity, maxEntries: Infinity };

/** The list of an upload by its digest. `not_found` when it is not here any more. */
export async function readStoredList(deps: ListDeps, tenantId: string, sha256: string): Promise<ContextList> {
  const bytes = await openContent(deps, tenantId, sha256);
  return readContextList(new ByteReader(bytes), UNLIMITED);
}

/** Says that the list and its contents are needed now; gives the digests of the contents that are not here. */
export async function missingOf(
  deps: ListDeps,
  tenant: TenantContext,
  sha256: string,
  list: ContextList,
): Promise<string[]> {
  const contents = [...list.contents].map(([digest, sizeBytes]): Content => ({ sha256: digest, sizeBytes }));
  const found = await deps.contents.find(tenant, sha256);
  if (found?.isStored !== true) throw new KilnError('not_found', { message: 'There is no such upload.' });
  const missing = await deps.contents.need(tenant, [
    ...contents.filter((content) => content.sha256 !== sha256),
    found,
  ]);
  if (missing.includes(sha256)) throw new KilnError('not_found', { message: 'There is no such upload.' });
  return missing;
}
