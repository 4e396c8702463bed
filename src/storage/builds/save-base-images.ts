import { sql } from 'kysely';
import type { BaseImage } from '../../domain/images/dockerfile/base-image.js';
import type { MaterialImage } from '../../domain/images/materials.js';
import { usedImages } from '../../domain/images/used-images.js';
import type { Tx } from '../database.js';
import { storableText } from '../storable.js';

/** Writes which images a build was made from, as the run that made its image has recorded them. Gives whether a base is among them. */
export async function saveBaseImages(
  tx: Tx,
  build: { readonly id: string; readonly tenant_id: string },
  made: {
    readonly recorded: readonly MaterialImage[] | undefined;
    readonly baseImage: BaseImage | null;
  },
): Promise<boolean> {
  const images = usedImages(made.recorded, made.baseImage);
  if (images.length === 0) return true;
  await tx
    .insertInto('build_base_images')
    .values(
      images.map(({ reference, digest, isBase, isPinned = false }, index) => ({
        tenant_id: build.tenant_id,
        build_id: build.id,
        position: index + 1,
        reference: storableText(reference),
        digest,
        is_base: isBase,
        is_pinned: isPinned,
      })),
    )
    .onConflict((conflict) => conflict.columns(['build_id', 'position']).doNothing())
    .execute();
  return images.some(({ isBase }) => isBase);
}

/** The same image stands on the same base: what was found out for an earlier build of it holds. A digest that this build did not record stays unknown. */
export async function markKnownBase(tx: Tx, buildId: string, imageId: string): Promise<void> {
  await sql`UPDATE build_base_images u SET is_base = true
    FROM image_layers l
    WHERE u.build_id = ${buildId} AND l.image_id = ${imageId} AND l.layer_number = 1
      AND u.reference = l.base_image_name || coalesce(':' || l.base_image_tag, '')
      AND (u.digest = l.base_image_digest OR l.base_image_digest IS NULL)`.execute(tx);
}
