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
