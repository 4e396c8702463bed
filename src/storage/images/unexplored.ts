import type { PackageDatabase } from '../../domain/images/packages.js';
import type { ExploredImage, UnexploredLayer, UnexploredManifest } from '../../ports/explorations.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** See Explorations.unexplored. */
export async function unexplored(
  db: Database,
  { tenantId, projectId, digest }: ExploredImage,
): Promise<UnexploredManifest[]> {
  return inTenant(db, tenantId, async (tx) => {
    const manifests = await tx
      .selectFrom('images as i')
      .leftJoin('image_platforms as p', 'p.index_image_id', 'i.id')
      .innerJoin('images as m', (join) =>
        join.on((eb) => eb('m.id', '=', eb.fn.coalesce('p.image_id', 'i.id'))),
      )
      .innerJoin('image_explorations as e', (join) =>
        join.onRef('e.tenant_id', '=', 'm.tenant_id').onRef('e.manifest_digest', '=', 'm.manifest_digest'),
      )
      .select(['m.id', 'm.manifest_digest', 'm.image_repository'])
      .where('i.tenant_id', '=', tenantId)
      .where('i.project_id', '=', projectId)
      .where('i.manifest_digest', '=', digest)
      .where('e.state', '=', 'pending')
      .orderBy('p.position')
      .execute();
    const found: UnexploredManifest[] = [];
    for (const { id, manifest_digest, image_repository } of manifests) {
      found.push({ digest: manifest_digest, repository: image_repository, layers: await layersOf(tx, id) });
    }
    return found;
  });
}

async function layersOf(tx: Tx, imageId: string): Promise<UnexploredLayer[]> {
  const rows = await tx
    .selectFrom('image_layers as l')
    .leftJoin('layer_explorations as e', (join) =>
      join.onRef('e.tenant_id', '=', 'l.tenant_id').onRef('e.layer_digest', '=', 'l.layer_digest'),
    )
    .select([
      'l.layer_digest',
      'e.failure_reason',
      'e.note',
      'e.unpacked_size_bytes',
      'e.entry_count',
      'e.file_list',
      'e.package_databases',
    ])
    .where('l.image_id', '=', imageId)
    .orderBy('l.layer_number')
    .execute();
  return rows.map((row) => ({ digest: row.layer_digest, known: knownOf(row) }));
}

function knownOf(row: {
  failure_reason: string | null;
  note: string | null;
  unpacked_size_bytes: number | null;
  entry_count: number | null;
  file_list: Buffer | null;
  package_databases: readonly PackageDatabase[] | null;
}): UnexploredLayer['known'] {
  if (row.failure_reason !== null) return { failureReason: row.failure_reason };
  if (row.file_list === null) return null;
  return {
    fileList: row.file_list,
    note: row.note,
    unpackedSizeBytes: row.unpacked_size_bytes ?? 0,
    entryCount: row.entry_count ?? 0,
    packageDatabases: row.package_databases ?? [],
  };
}
