import { splitReference } from '../../domain/images/used-images.js';
import type { RecognisedBase, StandingImage } from '../../ports/explorations.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** See Explorations.standing: by the newest build that says what it was made from. */
export async function standingImages(
  db: Database,
  { tenantId, projectId, digest }: { tenantId: string; projectId: string; digest: string },
): Promise<StandingImage[]> {
  return inTenant(db, tenantId, async (tx) => {
    const images = await tx
      .selectFrom('images as i')
      .leftJoin('image_platforms as p', 'p.index_image_id', 'i.id')
      .innerJoin('images as m', (join) =>
        join.on((eb) => eb('m.id', '=', eb.fn.coalesce('p.image_id', 'i.id'))),
      )
      .innerJoin('image_metadata as d', 'd.image_id', 'm.id')
      .select(['m.id', 'm.manifest_digest', 'm.image_repository', 'd.platform', 'i.last_build_id'])
      .where('i.tenant_id', '=', tenantId)
      .where('i.project_id', '=', projectId)
      .where('i.manifest_digest', '=', digest)
      .orderBy('p.position')
      .execute();
    const [first] = images;
    if (first === undefined) return [];
    const used = await tx
      .selectFrom('build_base_images')
      .select(['reference', 'digest', 'is_base'])
      .where('build_id', '=', first.last_build_id)
      .orderBy('is_base', 'desc')
      .orderBy('position')
      .execute();
    return images.map((image) => ({
      imageId: image.id,
      buildId: first.last_build_id,
      digest: image.manifest_digest,
      repository: image.image_repository,
      platform: image.platform,
      used: used.map((one) => ({ reference: one.reference, digest: one.digest, isBase: one.is_base })),
    }));
  });
}

/** See Explorations.saveBase. */
export async function saveBase(
  db: Database,
  tenantId: string,
  { imageId, buildId }: Pick<StandingImage, 'imageId' | 'buildId'>,
  base: RecognisedBase,
): Promise<void> {
  const { name, tag } = splitReference(base.reference);
  await inTenant(db, tenantId, async (tx) => {
    const ofImage = tx
      .updateTable('image_layers')
      .where('tenant_id', '=', tenantId)
      .where('image_id', '=', imageId);
    await ofImage
      .set({
        is_base_layer: true,
        base_image_name: name,
        base_image_tag: tag,
        base_image_digest: base.digest,
      })
      .where('layer_number', '<=', base.layerCount)
      .execute();
    await ofImage
      .set({ is_base_layer: false, base_image_name: null, base_image_tag: null, base_image_digest: null })
      .where('layer_number', '>', base.layerCount)
      .execute();
    await tx
      .updateTable('build_base_images')
      .set({ is_base: true })
      .where('tenant_id', '=', tenantId)
      .where('build_id', '=', buildId)
      .where('reference', '=', base.reference)
      .where('digest', 'is not distinct from', base.digest)
      .execute();
  });
}
