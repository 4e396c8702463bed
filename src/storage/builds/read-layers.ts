import type { BuildLayer } from '../../ports/records.js';
import type { Tx } from '../database.js';
import { isoOrNull } from '../times.js';

/**
 * Layers of the build's image, the base first and platform after platform, with how often the tenant's builds used each. Empty until the
 * build has an image.
 */
export async function readLayers(tx: Tx, buildId: string): Promise<BuildLayer[]> {
  const rows = await tx
    .selectFrom('builds as b')
    .leftJoin('image_platforms as p', 'p.index_image_id', 'b.image_id')
    .innerJoin('image_layers as l', (join) =>
      join.on((eb) => eb('l.image_id', '=', eb.fn.coalesce('p.image_id', 'b.image_id'))),
    )
    .innerJoin('image_metadata as m', 'm.image_id', 'l.image_id')
    .innerJoin('layer_usage as u', (join) =>
      join.onRef('u.tenant_id', '=', 'l.tenant_id').onRef('u.layer_digest', '=', 'l.layer_digest'),
    )
    .select([
      'm.platform',
      'l.layer_number',
      'l.layer_digest',
      'l.layer_size_bytes',
      'l.is_base_layer',
      'l.created_by',
      'l.step_number',
      'u.used_in_builds_count',
      'u.last_used_in_build_at',
    ])
    .where('b.id', '=', buildId)
    .orderBy('p.position')
    .orderBy('l.layer_number')
    .execute();
  return rows.map((row) => ({ ...row, last_used_in_build_at: isoOrNull(row.last_used_in_build_at) }));
}
