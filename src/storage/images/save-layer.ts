import type { Explored, StoredLayer } from '../../ports/explorations.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { storableOrNull, storableText, toJson } from '../storable.js';
import { databaseNow } from '../times.js';

/** See Explorations.saveLayer. */
export async function saveLayer(
  db: Database,
  tenantId: string,
  digest: string,
  layer: Explored<StoredLayer>,
): Promise<void> {
  await inTenant(db, tenantId, async (tx) => {
    await tx
      .insertInto('layer_explorations')
      .values({
        tenant_id: tenantId,
        layer_digest: digest,
        explored_at: await databaseNow(tx),
        ...('failureReason' in layer
          ? { failure_reason: storableText(layer.failureReason) }
          : {
              note: storableOrNull(layer.note),
              unpacked_size_bytes: layer.unpackedSizeBytes,
              entry_count: layer.entryCount,
              file_list: Buffer.from(layer.fileList),
              package_databases: toJson(layer.packageDatabases),
            }),
      })
      .onConflict((conflict) => conflict.columns(['tenant_id', 'layer_digest']).doNothing())
      .execute();
  });
}
