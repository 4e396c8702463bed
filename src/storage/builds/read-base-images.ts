import type { BaseImageUse } from '../../contracts/builds.js';
import type { Tx } from '../database.js';

/** The images that a build was made from, the base first. */
export function readBaseImages(tx: Tx, buildId: string): Promise<BaseImageUse[]> {
  return tx
    .selectFrom('build_base_images')
    .select(['reference', 'digest', 'is_base'])
    .where('build_id', '=', buildId)
    .orderBy('is_base', 'desc')
    .orderBy('position')
    .execute();
}
