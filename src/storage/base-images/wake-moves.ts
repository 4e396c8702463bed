import type { Tx } from '../database.js';
import { notifyBaseImages } from '../notify.js';

/** A build has ended: a move of a base image that it was for is to be looked at. Part of the transaction of the end. */
export async function wakeMoves(tx: Tx, buildId: string): Promise<void> {
  const row = await tx
    .selectFrom('base_image_rebuilds')
    .select('move_id')
    .where('build_id', '=', buildId)
    .limit(1)
    .executeTakeFirst();
  if (row !== undefined) await notifyBaseImages(tx);
}
