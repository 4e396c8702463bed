import { sql } from 'kysely';
import type { ExploredImage } from '../../ports/explorations.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';

/** Gives free the staging of the what-ifs that have made an image, which has been looked into. Gives those whose staging is to be emptied. */
export async function releaseWhatIfs(
  db: Database,
  { tenantId, projectId, digest }: ExploredImage,
): Promise<string[]> {
  return transact(db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      UPDATE builds b SET staging_kept_until = NULL FROM images i
      WHERE i.tenant_id = ${tenantId} AND i.project_id = ${projectId} AND i.manifest_digest = ${digest}
        AND b.image_id = i.id AND b.what_if IS NOT NULL AND b.status = 'success' AND b.cleanup_at IS NULL
      RETURNING b.id`.execute(tx);
    return rows.map(({ id }) => id);
  });
}
