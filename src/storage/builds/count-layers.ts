import type { InspectedLayer } from '../../domain/builds/outcome.js';
import type { Tx } from '../database.js';
import type { LayerCounts } from './insert-metrics.js';

/**
 * Counts each digest once for this build. A layer is reused when an earlier build of the tenant had it. Digests are taken in
 * order, so that builds which share layers wait for each other instead of blocking each other.
 */
export async function countLayers(
  tx: Tx,
  tenantId: string,
  layers: readonly InspectedLayer[],
  at: Date,
): Promise<LayerCounts> {
  const digests = [...new Set(layers.map((layer) => layer.digest))].sort();
  if (digests.length === 0) return { total: 0, reused: 0, new: 0 };
  const rows = await tx
    .insertInto('layer_usage')
    .values(
      digests.map((layer_digest) => ({
        tenant_id: tenantId,
        layer_digest,
        used_in_builds_count: 1,
        last_used_in_build_at: at,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'layer_digest']).doUpdateSet((eb) => ({
        used_in_builds_count: eb('layer_usage.used_in_builds_count', '+', 1),
        last_used_in_build_at: eb.fn<Date>('greatest', [
          'layer_usage.last_used_in_build_at',
          'excluded.last_used_in_build_at',
        ]),
      })),
    )
    .returning(['layer_digest', 'used_in_builds_count'])
    .execute();
  const known = new Set(rows.filter((row) => row.used_in_builds_count > 1).map((row) => row.layer_digest));
  const reused = layers.filter((layer) => known.has(layer.digest)).length;
  return { total: layers.length, reused, new: layers.length - reused };
}
