import { sql } from 'kysely';
import type { Database } from '../database.js';
import { transact } from '../transact.js';

/**
 * See ArtifactExpiry.expire. One statement, so it is done or not. The rows stay and let their contents go, which those who expire contents
 * (expire-contents.ts) find by themselves, however often either is cut off.
 */
export async function expireArtifacts(db: Database, limit: number): Promise<number> {
  const { rows } = await transact(db, (tx) =>
    sql`UPDATE build_artifacts SET is_available = false WHERE id IN (
        SELECT a.id FROM build_artifacts a LEFT JOIN builds b ON b.id = a.build_id
        WHERE a.is_available AND (a.expires_at <= now() OR a.retention_policy = 'delete_on_success' AND b.status = 'success')
          AND (a.build_id IS NULL OR b.completed_at IS NOT NULL)
        ORDER BY a.id LIMIT ${limit} FOR UPDATE OF a SKIP LOCKED) RETURNING id`.execute(tx),
  );
  return rows.length;
}
