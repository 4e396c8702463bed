import type { BuildLayer } from '../../contracts/builds.js';
import type { Tx } from '../database.js';
import { readImageLayers } from '../images/read-layers.js';

/** Layers of the build's image. Empty until the build has one. */
export async function readLayers(tx: Tx, buildId: string): Promise<BuildLayer[]> {
  const { image_id: imageId } = await tx
    .selectFrom('builds')
    .select('image_id')
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow();
  return imageId === null ? [] : readImageLayers(tx, imageId);
}
