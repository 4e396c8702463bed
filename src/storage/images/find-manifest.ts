import { KilnError } from '../../domain/errors.js';
import type { Tx } from '../database.js';
import { platformImages } from './platform-images.js';

/** The image itself, or of an index that of a platform (the first one for null). `not_found` where it has none such. */
export async function findManifest(
  tx: Tx,
  imageId: string,
  platform: string | null,
): Promise<{ readonly id: string; readonly digest: string; readonly platform: string | null }> {
  const images = await platformImages(tx, imageId);
  const manifests = await tx
    .selectFrom('image_metadata')
    .select(['image_id as id', 'docker_manifest_digest as digest', 'platform'])
    .where(
      'image_id',
      'in',
      images.map((image) => image.image_id),
    )
    .execute();
  const rows = images.flatMap((image) => {
    const manifest = manifests.find(({ id }) => id === image.image_id);
    return manifest === undefined ? [] : [{ ...manifest, platform: image.platform ?? manifest.platform }];
  });
  const found = rows.find((row) => platform === null || row.platform === platform);
  if (found !== undefined) return found;
  const known = rows.flatMap((row) => row.platform ?? []).join(', ');
  throw new KilnError('not_found', {
    message: `The image is not for ${platform}; it ${known === '' ? 'names no platform' : `is for ${known}`}.`,
    fix: 'Give one of its platforms, or none for the first of them.',
  });
}
