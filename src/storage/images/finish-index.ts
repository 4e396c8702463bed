import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyImage } from '../notify.js';
import { end, failed, isPending, tellImages } from './finish-exploration.js';

/** See Explorations.finishIndex. A layer that several platforms share counts once, as it is stored once. */
export async function finishIndex(db: Database, tenantId: string, digest: string): Promise<void> {
  const index = { tenant_id: tenantId, manifest_digest: digest };
  await inTenant(db, tenantId, async (tx) => {
    if (!(await isPending(tx, index))) return;
    const layers = await tx
      .selectFrom('images as i')
      .innerJoin('image_platforms as p', 'p.index_image_id', 'i.id')
      .innerJoin('image_layers as l', 'l.image_id', 'p.image_id')
      .innerJoin('layer_explorations as e', (join) =>
        join.onRef('e.tenant_id', '=', 'l.tenant_id').onRef('e.layer_digest', '=', 'l.layer_digest'),
      )
      .select(['p.platform', 'l.layer_number', 'l.layer_digest', 'e.failure_reason', 'e.unpacked_size_bytes'])
      .where('i.tenant_id', '=', tenantId)
      .where('i.manifest_digest', '=', digest)
      .orderBy('p.position')
      .orderBy('l.layer_number')
      .execute();
    const broken = layers.find((layer) => layer.failure_reason !== null);
    if (broken !== undefined) {
      const where = `${broken.platform ?? 'one platform'}, layer ${broken.layer_number}`;
      await end(tx, index, failed(`${where}: ${broken.failure_reason ?? ''}`));
    } else {
      const sizes = new Map(layers.map((layer) => [layer.layer_digest, layer.unpacked_size_bytes ?? 0]));
      const unpackedSizeBytes = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
      await end(tx, index, { state: 'explored', unpacked_size_bytes: unpackedSizeBytes });
      await tellImages(tx, index, unpackedSizeBytes);
    }
    await notifyImage(tx, digest);
  });
}
