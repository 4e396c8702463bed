import { KilnError } from '../../domain/errors.js';
import type { Tx } from '../database.js';

/** The image itself, or of an index that of a platform (the first one for null). `not_found` where it has none such. */
export async function findManifest(
  tx: Tx,
  imageId: string,
  platform: string | null,
): Promise<{ readonly id: string; readonly digest: string; readonly platform: string | null }> {
  const rows = await tx
    .selectFrom('images as t')
    .leftJoin('image_platforms as p', 'p.index_image_id', 't.id')
    .innerJoin('image_metadata as m', (join) =>
      join.on((eb) => eb('m.image_id', '=', eb.fn.coalesce('p.image_id', 't.id'))),
    )
    .select([
      'm.image_id as id',
      'm.docker_manifest_digest as digest',
      (eb) => eb.fn.coalesce('p.platform', 'm.platform').as('platform'),
    ])
    .where('t.id', '=', imageId)
    .orderBy('p.position')
    .execute();
  const found = rows.find((row) => platform === null || row.platform === platform);
  if (found !== undefined) return found;
  const known = rows.flatMap((row) => row.platform ?? []).join(', ');
  throw new KilnError('not_found', { message: `The image is not for ${platform}; it is for ${known}.` });
}
