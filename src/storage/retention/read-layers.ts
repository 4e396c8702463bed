import { sql } from 'kysely';
import type { LayerOfImage } from '../../domain/retention/freed-bytes.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';

/**
 * The layers of images and, of an index, of the images of its platforms; `isShared` says whether an image of the tenant has one as well
 * that is neither among these nor deleted.
 */
export async function readLayers(
  db: Database,
  tenant: TenantContext,
  imageIds: readonly string[],
): Promise<LayerOfImage[]> {
  return inTenant(db, tenant.tenantId, async (tx) => {
    const { rows } = await sql<LayerOfImage>`
      WITH going AS (
        SELECT id AS root, id AS image_id FROM images WHERE id = ANY(${imageIds})
        UNION SELECT index_image_id, image_id FROM image_platforms WHERE index_image_id = ANY(${imageIds})
      ), staying AS (
        SELECT i.id FROM images i WHERE i.deleted_at IS NULL
          AND (EXISTS (SELECT FROM image_platforms p JOIN images x ON x.id = p.index_image_id
                       WHERE p.image_id = i.id AND x.deleted_at IS NULL AND x.id <> ALL(${imageIds}))
            OR i.id NOT IN (SELECT image_id FROM going))
      ), own AS (
        SELECT DISTINCT going.root, l.layer_digest, l.layer_size_bytes
        FROM going JOIN image_layers l ON l.image_id = going.image_id
      ), shared AS (
        SELECT DISTINCT l.layer_digest FROM image_layers l JOIN staying ON staying.id = l.image_id
        WHERE l.layer_digest IN (SELECT layer_digest FROM own)
      )
      SELECT own.root AS "imageId", own.layer_digest AS digest, own.layer_size_bytes::float8 AS "sizeBytes",
             shared.layer_digest IS NOT NULL AS "isShared"
      FROM own LEFT JOIN shared ON shared.layer_digest = own.layer_digest`.execute(tx);
    return rows;
  });
}
