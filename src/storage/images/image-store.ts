import type { ImageStore } from '../../ports/images.js';
import type { Database } from '../database.js';
import { readInTenant } from '../in-tenant.js';
import { findImage } from './find-image.js';
import { listImages } from './list-images.js';
import { readImageLayers } from './read-layers.js';
import { readImage } from './read-image.js';
import { readManifest } from './read-manifest.js';

/** Images as the api reads them; every call is one transaction of the tenant. */
export function createImageStore(db: Database): ImageStore {
  return {
    list: (tenant, filter) => listImages(db, tenant, filter),
    get: (tenant, reference) => readInTenant(db, tenant.tenantId, (tx) => readImage(tx, reference)),
    layers: (tenant, reference) =>
      readInTenant(db, tenant.tenantId, async (tx) => readImageLayers(tx, await findImage(tx, reference))),
    manifest: (tenant, reference, platform) =>
      readInTenant(db, tenant.tenantId, (tx) => readManifest(tx, reference, platform)),
    fileLists: (tenant, imageId) =>
      readInTenant(db, tenant.tenantId, async (tx) => {
        const rows = await tx
          .selectFrom('image_layers as l')
          .innerJoin('layer_explorations as e', (join) =>
            join.onRef('e.tenant_id', '=', 'l.tenant_id').onRef('e.layer_digest', '=', 'l.layer_digest'),
          )
          .select('e.file_list')
          .where('l.image_id', '=', imageId)
          .orderBy('l.layer_number')
          .execute();
        return rows.flatMap(({ file_list: list }) => (list === null ? [] : [list]));
      }),
  };
}
