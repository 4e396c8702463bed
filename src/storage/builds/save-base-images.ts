import { sql } from 'kysely';
import type { BaseImage } from '../../domain/images/dockerfile/base-image.js';
import { usedImages } from '../../domain/images/used-images.js';
import type { Tx } from '../database.js';
import { storableText } from '../storable.js';

/**
 * Writes which images a build was made from, as the steps of the attempt that made its image tell. Gives whether the builder has told all
 * their digests.
 */
export async function saveBaseImages(
  tx: Tx,
  build: { readonly id: string; readonly tenant_id: string },
  made: {
    readonly buildId: string;
    readonly attempt: number;
    readonly baseImage: BaseImage | null;
  },
): Promise<boolean> {
  const steps = await tx
    .selectFrom('build_steps')
    .select('step_name as name')
    .where('build_id', '=', made.buildId)
    .where('attempt', '=', made.attempt)
    .orderBy('step_number')
    .execute();
  const images = usedImages(steps, made.baseImage);
  if (images.length === 0) return true;
  await tx
    .insertInto('build_base_images')
    .values(
      images.map(({ reference, digest, isBase }, index) => ({
        tenant_id: build.tenant_id,
        build_id: build.id,
        position: index + 1,
        reference: storableText(reference),
        digest,
        is_base: isBase,
      })),
    )
    .onConflict((conflict) => conflict.columns(['build_id', 'position']).doNothing())
    .execute();
  return images.every(({ digest }) => digest !== null);
}

/** The same image stands on the same base: what was found out for an earlier build of it holds. */
export async function pinAsKnown(tx: Tx, buildId: string, imageId: string): Promise<void> {
  await sql`UPDATE build_base_images u SET digest = l.base_image_digest, is_base = true
    FROM image_layers l
    WHERE u.build_id = ${buildId} AND u.digest IS NULL AND l.image_id = ${imageId} AND l.layer_number = 1
      AND u.reference = l.base_image_name || coalesce(':' || l.base_image_tag, '')`.execute(tx);
}
