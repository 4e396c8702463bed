import { sql } from 'kysely';
import type { Database } from '../database.js';
import { asStorageError } from '../errors.js';
import { inTenant } from '../in-tenant.js';

/** See ContentIndex.tenantsWithExpired. */
export async function tenantsWithExpired(db: Database, keepMs: number): Promise<string[]> {
  try {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM tenants_with_contents_before(now() - make_interval(secs => ${keepMs / 1000})) id`.execute(
      db,
    );
    return rows.map(({ id }) => id);
  } catch (error) {
    throw asStorageError(error);
  }
}

/** See ContentIndex.listsOfOpenBuilds. */
export function listsOfOpenBuilds(db: Database, tenantId: string): Promise<string[]> {
  return inTenant(db, tenantId, async (tx) => {
    const rows = await tx
      .selectFrom('builds as b')
      .innerJoin('build_configs as c', 'c.build_id', 'b.id')
      .innerJoin('uploads as u', 'u.id', 'c.upload_id')
      .select('u.sha256')
      .distinct()
      .where('b.completed_at', 'is', null)
      .execute();
    return rows.map(({ sha256 }) => sha256);
  });
}

/**
 * See ContentIndex.expire. First the rows say that the bytes are gone, then the bytes go, then the rows: whoever asks in between
 * sends them again, and a crash in between leaves rows that the next round finds. What an artifact names stays.
 */
export async function expireContents(
  db: Database,
  tenantId: string,
  keepMs: number,
  limit: number,
  remove: (sha256: readonly string[]) => Promise<void>,
): Promise<number> {
  const isOld = sql`last_needed_at < now() - make_interval(secs => ${keepMs / 1000})
    AND NOT EXISTS (SELECT FROM build_artifacts a WHERE a.tenant_id = contents.tenant_id AND a.content_sha256 = contents.sha256)`;
  await inTenant(db, tenantId, async (tx) => {
    await sql`UPDATE contents SET stored_at = NULL WHERE stored_at IS NOT NULL AND sha256 IN (
        SELECT sha256 FROM contents WHERE ${isOld} ORDER BY sha256 LIMIT ${limit} FOR UPDATE SKIP LOCKED)`.execute(
      tx,
    );
  });
  return inTenant(db, tenantId, async (tx) => {
    const { rows } = await sql<{ sha256: string }>`
        DELETE FROM contents WHERE sha256 IN (
          SELECT sha256 FROM contents WHERE ${isOld} AND stored_at IS NULL
          ORDER BY sha256 LIMIT ${limit} FOR UPDATE SKIP LOCKED)
        RETURNING sha256`.execute(tx);
    await remove(rows.map(({ sha256 }) => sha256));
    return rows.length;
  });
}
