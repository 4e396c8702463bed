import { sql } from 'kysely';
import type { Tx } from '../database.js';

/** The images of the platforms of an index in its order; an image that is none stands for itself, with no platform named. */
export async function platformImages(
  tx: Tx,
  imageId: string,
): Promise<readonly { readonly image_id: string; readonly platform: string | null }[]> {
  const platforms = await tx
    .selectFrom('image_platforms')
    .select(['image_id', 'platform'])
    .where('index_image_id', '=', imageId)
    .orderBy('position')
    .execute();
  return platforms.length > 0 ? platforms : [{ image_id: imageId, platform: null }];
}

/**
 * Joins to the images `image` of a query the manifests `m` of their platforms `p`; to an image that is no index itself. By their ids and one
 * after the other (OFFSET 0): joined freely, all images of the tenant are read where few have platforms.
 */
export function joinManifests(image: string) {
  const id = sql.ref(`${image}.id`);
  return sql`LEFT JOIN image_platforms p ON p.index_image_id = ${id}
    CROSS JOIN LATERAL (SELECT tenant_id, manifest_digest FROM images WHERE id = coalesce(p.image_id, ${id}) OFFSET 0) m`;
}
