import { sql } from 'kysely';
import type { Image } from '../../contracts/images.js';
import type { Tx } from '../database.js';
import { isoOrNull } from '../times.js';

/** Images as lists show them. */
export function imageQuery(tx: Tx) {
  return tx
    .selectFrom('images as i')
    .innerJoin('projects as p', 'p.id', 'i.project_id')
    .innerJoin('image_metadata as m', 'm.image_id', 'i.id')
    .innerJoin('builds as b', 'b.id', 'i.last_build_id')
    .leftJoin('image_explorations as e', (join) =>
      join.onRef('e.tenant_id', '=', 'i.tenant_id').onRef('e.manifest_digest', '=', 'i.manifest_digest'),
    )
    .select([
      'i.id',
      'p.slug as project',
      'i.manifest_digest',
      'i.image_repository',
      'm.compressed_size_bytes',
      'm.uncompressed_size_bytes',
      'm.packages_count',
      'i.created_at',
      'i.last_built_at',
      'i.deleted_at',
      'i.first_build_id',
      'i.last_build_id',
      'b.build_number as last_build_number',
      'e.state as exploration_state',
      sql<string[]>`ARRAY(SELECT t.repository || ':' || t.tag FROM image_tags t
        WHERE t.image_id = i.id ORDER BY t.moved_at DESC, t.tag)`.as('tags'),
      sql<
        string[]
      >`CASE WHEN m.docker_config_digest IS NOT NULL THEN array_remove(ARRAY[m.platform::text], NULL)
        ELSE ARRAY(SELECT ip.platform::text FROM image_platforms ip
          WHERE ip.index_image_id = i.id AND ip.platform IS NOT NULL ORDER BY ip.position) END`.as(
        'platforms',
      ),
      sql<number>`m.total_layer_count + (SELECT coalesce(sum(pm.total_layer_count), 0)::int FROM image_platforms ip
        JOIN image_metadata pm ON pm.image_id = ip.image_id WHERE ip.index_image_id = i.id)`.as(
        'total_layer_count',
      ),
    ]);
}

type Row = Omit<Image, 'created_at' | 'last_built_at' | 'deleted_at'> & {
  readonly created_at: Date;
  readonly last_built_at: Date;
  readonly deleted_at: Date | null;
};

/** A row of `imageQuery` as the api shows it. */
export function toImage(row: Row): Image {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    last_built_at: row.last_built_at.toISOString(),
    deleted_at: isoOrNull(row.deleted_at),
  };
}
