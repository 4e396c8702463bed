import { sql } from 'kysely';
import type { Inspected } from '../../ports/inspections.js';
import type { Tx } from '../database.js';
import { makeAgain } from './note-lost.js';
import { joinManifests } from '../images/platform-images.js';

const ROWS = {
  sbom: { table: 'image_sboms', triedAt: 'ended_at' },
  scan: { table: 'image_scans', triedAt: 'tried_at' },
} as const;

/** See InspectionStore.askFor. */
export async function askFor(tx: Tx, imageId: string, what: Inspected): Promise<Date | null> {
  const { newest } = await failedTries(tx, imageId, what);
  if (newest !== null) await makeAgain(tx, imageId);
  return newest;
}

/** See InspectionStore.isTriedSince. */
export async function isTriedSince(tx: Tx, imageId: string, what: Inspected, time: Date): Promise<boolean> {
  const { oldest } = await failedTries(tx, imageId, what);
  return oldest === null || oldest > time;
}

/** When those that failed were tried, of an index those of all its platforms. */
async function failedTries(tx: Tx, imageId: string, what: Inspected) {
  const { table, triedAt } = ROWS[what];
  const at = sql.ref(`t.${triedAt}`);
  const { rows } = await sql<{ oldest: Date | null; newest: Date | null }>`
    SELECT min(${at}) AS oldest, max(${at}) AS newest
    FROM images i ${joinManifests('i')}
    JOIN ${sql.table(table)} t ON t.tenant_id = m.tenant_id AND t.manifest_digest = m.manifest_digest
    WHERE i.id = ${imageId} AND t.failure_reason IS NOT NULL`.execute(tx);
  return rows[0] ?? { oldest: null, newest: null };
}
