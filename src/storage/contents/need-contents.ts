import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Content } from '../../ports/contents.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** Rows of one statement. */
const BATCH = 10_000;
/** A row that was touched less than this ago is left alone: the same context again writes nothing. */
const FRESH_MS = 60 * 60_000;

/** See ContentIndex.need. */
export async function needContents(
  db: Database,
  tenant: TenantContext,
  contents: readonly Content[],
): Promise<string[]> {
  return inTenant(db, tenant.tenantId, async (tx) => {
    const missing = new Set<string>();
    /* In one order for all, so that two lists that share contents do not wait for each other. */
    const sorted = [...contents].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
    for (let at = 0; at < sorted.length; at += BATCH) {
      await needBatch(tx, tenant.tenantId, sorted.slice(at, at + BATCH), missing);
    }
    return contents.flatMap(({ sha256 }) => (missing.has(sha256) ? [sha256] : []));
  });
}

async function needBatch(
  tx: Tx,
  tenantId: string,
  batch: readonly Content[],
  missing: Set<string>,
): Promise<void> {
  const digests = batch.map(({ sha256 }) => sha256);
  const sizes = batch.map(({ sizeBytes }) => sizeBytes);
  await sql`UPDATE contents SET last_needed_at = now() WHERE sha256 IN (
      SELECT sha256 FROM contents WHERE sha256 = ANY(${digests}::char(64)[])
        AND last_needed_at < now() - make_interval(secs => ${FRESH_MS / 1000}) ORDER BY sha256 FOR UPDATE)`.execute(
    tx,
  );
  /* The size of what has not arrived is what the newest list says; a wrong one cannot be kept against a right one. */
  await sql`INSERT INTO contents (tenant_id, sha256, size_bytes)
      SELECT ${tenantId}::uuid, n.sha256, n.size_bytes
      FROM unnest(${digests}::char(64)[], ${sizes}::bigint[]) n (sha256, size_bytes)
      WHERE NOT EXISTS (SELECT FROM contents c WHERE c.sha256 = n.sha256
        AND (c.stored_at IS NOT NULL OR c.size_bytes = n.size_bytes))
      ORDER BY n.sha256
      ON CONFLICT (tenant_id, sha256) DO UPDATE SET size_bytes = excluded.size_bytes
        WHERE contents.stored_at IS NULL`.execute(tx);
  const { rows } = await sql<{ sha256: string; is_stored: boolean; is_other: boolean }>`
      SELECT c.sha256, c.stored_at IS NOT NULL AS is_stored, c.size_bytes <> n.size_bytes AS is_other
      FROM unnest(${digests}::char(64)[], ${sizes}::bigint[]) n (sha256, size_bytes)
      JOIN contents c ON c.sha256 = n.sha256
      WHERE c.stored_at IS NULL OR c.size_bytes <> n.size_bytes`.execute(tx);
  const other = rows.find((row) => row.is_other);
  if (other !== undefined) {
    throw new KilnError('context_invalid', {
      message: `The list gives a wrong size for the content ${other.sha256}.`,
    });
  }
  for (const row of rows) missing.add(row.sha256);
}
