import { sql } from 'kysely';
import type { BuildLayer } from '../../contracts/builds.js';
import type { Tx } from '../database.js';
import { isoOrNull } from '../times.js';
import { platformImages } from './platform-images.js';

/** Layers of an image, the base first and platform after platform, with how often the tenant's builds used each. */
export async function readImageLayers(tx: Tx, imageId: string): Promise<BuildLayer[]> {
  const ids = (await platformImages(tx, imageId)).map(({ image_id: id }) => id);
  const rows = await tx
    .selectFrom('images as i')
    .innerJoin('image_layers as l', 'l.image_id', 'i.id')
    .innerJoin('image_metadata as m', 'm.image_id', 'i.id')
    .innerJoin('layer_usage as u', (join) =>
      join.onRef('u.tenant_id', '=', 'l.tenant_id').onRef('u.layer_digest', '=', 'l.layer_digest'),
    )
    .leftJoin('layer_explorations as r', (join) =>
      join.onRef('r.tenant_id', '=', 'l.tenant_id').onRef('r.layer_digest', '=', 'l.layer_digest'),
    )
    .leftJoin('explored_layers as e', (join) =>
      join
        .onRef('e.tenant_id', '=', 'i.tenant_id')
        .onRef('e.manifest_digest', '=', 'i.manifest_digest')
        .onRef('e.layer_number', '=', 'l.layer_number'),
    )
    .select([
      'm.platform',
      'l.layer_number',
      'l.layer_digest',
      'l.layer_size_bytes',
      'l.is_base_layer',
      'l.base_image_name',
      'l.base_image_tag',
      'l.base_image_digest',
      'l.created_by',
      'l.step_number',
      'r.unpacked_size_bytes',
      'e.files_added',
      'e.files_changed',
      'e.files_removed',
      'e.wasted_bytes',
      'u.used_in_builds_count',
      'u.last_used_in_build_at',
    ])
    .where('i.id', 'in', ids)
    .orderBy(sql`array_position(${ids}::uuid[], i.id)`)
    .orderBy('l.layer_number')
    .execute();
  return rows.map((row) => ({ ...row, last_used_in_build_at: isoOrNull(row.last_used_in_build_at) }));
}
