import { KilnError } from '../../domain/errors.js';
import type { ContentFiles, ContentIndex } from '../../ports/contents.js';
import { missingOf, readStoredList } from '../../acceptance/stored-list.js';

const BATCH = 1_000;
/** A file that waits for its place waits for minutes at most; one of a process that died stays. */
const BROKEN_OFF_MS = 24 * 60 * 60_000;

/**
 * Deletes contents that no upload and no build has needed for so long. What a build that is not over needs is needed now,
 * however long it waits. Gives how many went. Safe to run in several processes at once.
 */
export async function expireContents(
  deps: { readonly contents: ContentIndex; readonly files: ContentFiles },
  keepMs: number,
): Promise<number> {
  const { contents, files } = deps;
  let gone = 0;
  for (const tenantId of await contents.tenantsWithExpired(keepMs)) {
    await needOpenBuilds(deps, tenantId);
    for (;;) {
      const count = await contents.expire(tenantId, keepMs, BATCH, (digests) =>
        files.remove(tenantId, digests),
      );
      gone += count;
      if (count < BATCH) break;
    }
  }
  await files.sweep(BROKEN_OFF_MS);
  return gone;
}

async function needOpenBuilds(
  deps: { readonly contents: ContentIndex; readonly files: ContentFiles },
  tenantId: string,
): Promise<void> {
  for (const sha256 of await deps.contents.listsOfOpenBuilds(tenantId)) {
    try {
      await missingOf(deps, { tenantId, userId: null }, sha256, await readStoredList(deps, tenantId, sha256));
    } catch (error) {
      if (!(error instanceof KilnError) || error.code !== 'not_found') throw error;
    }
  }
}
