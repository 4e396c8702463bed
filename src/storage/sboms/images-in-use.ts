import { sql } from 'kysely';
import type { ImagesInUse } from '../../ports/sboms.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';

/** An image that nobody has tagged is in use as long as it is new. */
const NEW_DAYS = 30;

/** Images of all tenants that a tag points at or that were built a short while ago. Needs the role kiln_controller. */
export function createImagesInUse(db: Database): ImagesInUse {
  return {
    page: (after, limit) =>
      transact(db, async (tx) => {
        const { rows } = await sql<{ id: string; tenantId: string; projectId: string; digest: string }>`
          SELECT i.id, i.tenant_id AS "tenantId", i.project_id AS "projectId", i.manifest_digest AS digest FROM images i
          WHERE i.deleted_at IS NULL AND NOT EXISTS (SELECT FROM builds w WHERE w.id = i.last_build_id AND w.what_if IS NOT NULL) AND (${after}::uuid IS NULL OR i.id > ${after}::uuid)
            AND (i.last_built_at > now() - ${NEW_DAYS} * interval '1 day'
              OR EXISTS (SELECT FROM image_tags t WHERE t.image_id = i.id))
            AND NOT EXISTS (SELECT FROM image_platforms p WHERE p.image_id = i.id)
          ORDER BY i.id LIMIT ${limit}`.execute(tx);
        return rows.map(({ id, ...image }) => ({ cursor: id, image }));
      }),
  };
}
