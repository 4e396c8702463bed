import { sql } from 'kysely';
import type { Tx } from '../database.js';

/**
 * The copies to repositories that have lost the image begin again: what was sent counts, and what is sent now is added to it. Needs the
 * build's lock.
 */
export async function reopenPublications(
  tx: Tx,
  buildId: string,
  repositories: readonly string[],
): Promise<void> {
  if (repositories.length === 0) return;
  await tx
    .updateTable('publications')
    .set({
      status: 'copying',
      waiting_reason: null,
      completed_at: null,
      // Older than the first try of the copy that comes.
      try_number: 0,
      uploaded_before: sql<number>`uploaded_before + uploaded_blobs`,
      sent_before: sql<number>`sent_before + sent_bytes`,
      ...{ uploaded_blobs: 0, sent_bytes: 0, mounted_blobs: 0, existing_blobs: 0, spared_bytes: 0 },
      open_uploads: '[]',
    })
    .where('build_id', '=', buildId)
    .where('repository', 'in', repositories)
    .execute();
}
