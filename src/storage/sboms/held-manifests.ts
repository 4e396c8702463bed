import type { ExploredImage } from '../../ports/explorations.js';
import type { HeldManifest } from '../../ports/sboms.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** See Sboms.manifestsOf. */
export async function heldManifests(
  db: Database,
  { tenantId, projectId, digest }: ExploredImage,
): Promise<HeldManifest[]> {
  const rows = await inTenant(db, tenantId, (tx) =>
    tx
      .selectFrom('images as i')
      .leftJoin('image_platforms as p', 'p.index_image_id', 'i.id')
      .innerJoin('images as m', (join) =>
        join.on((eb) => eb('m.id', '=', eb.fn.coalesce('p.image_id', 'i.id'))),
      )
      .select([
        'i.id as imageId',
        'm.manifest_digest as digest',
        'm.image_repository as repository',
        'p.platform',
      ])
      .where('i.tenant_id', '=', tenantId)
      .where('i.project_id', '=', projectId)
      .where('i.manifest_digest', '=', digest)
      .orderBy('p.position')
      .execute(),
  );
  return rows.map(({ imageId, ...manifest }) => ({
    ...manifest,
    owner: { tenantId, buildId: null, imageId },
  }));
}
