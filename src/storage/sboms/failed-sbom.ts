import type { Tx } from '../database.js';
import { sql } from 'kysely';
import { makeAgain } from './note-lost.js';

/** See InspectionStore.askForSbom. */
export async function askForSbom(tx: Tx, imageId: string): Promise<Date | null> {
  const { newest } = await failedTries(tx, imageId);
  if (newest !== null) await makeAgain(tx, imageId);
  return newest;
}

/** See InspectionStore.isSbomTriedSince. */
export async function isSbomTriedSince(tx: Tx, imageId: string, time: Date): Promise<boolean> {
  const { oldest } = await failedTries(tx, imageId);
  return oldest === null || oldest > time;
}

/** When the bills of materials that could not be made were tried, of an index those of all its platforms. */
async function failedTries(tx: Tx, imageId: string) {
  const { rows } = await sql<{ oldest: Date | null; newest: Date | null }>`
    SELECT min(s.ended_at) AS oldest, max(s.ended_at) AS newest
    FROM images i LEFT JOIN image_platforms p ON p.index_image_id = i.id
    JOIN images m ON m.id = coalesce(p.image_id, i.id)
    JOIN image_sboms s ON s.tenant_id = m.tenant_id AND s.manifest_digest = m.manifest_digest
    WHERE i.id = ${imageId} AND s.failure_reason IS NOT NULL`.execute(tx);
  return rows[0] ?? { oldest: null, newest: null };
}
