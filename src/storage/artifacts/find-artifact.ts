import { sql } from 'kysely';
import type { ArtifactKey, StoredArtifact } from '../../ports/artifacts.js';
import type { Database, Tx } from '../database.js';

/** The artifact of a key that has not expired; its bytes may be lost. */
export async function findArtifact(
  db: Database | Tx,
  { owner, type, name }: ArtifactKey,
): Promise<(StoredArtifact & { isStored: boolean }) | null> {
  const row = await db
    .selectFrom('build_artifacts as a')
    .innerJoin('contents as c', (join) =>
      join.onRef('c.tenant_id', '=', 'a.tenant_id').onRef('c.sha256', '=', 'a.content_sha256'),
    )
    .select(['a.id', 'a.sha256_digest', 'a.artifact_size_bytes', 'a.media_type', 'a.created_at'])
    .select(sql<boolean>`c.stored_at IS NOT NULL`.as('is_stored'))
    .where('a.tenant_id', '=', owner.tenantId)
    .where('a.attempt', 'is', null)
    .where((is) =>
      owner.buildId === null
        ? is.and([is('a.build_id', 'is', null), is('a.image_id', '=', owner.imageId)])
        : is('a.build_id', '=', owner.buildId),
    )
    .where('a.artifact_type', '=', type)
    .where('a.artifact_name', '=', name)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    sha256: row.sha256_digest,
    sizeBytes: row.artifact_size_bytes,
    mediaType: row.media_type,
    createdAt: row.created_at,
    isStored: row.is_stored,
  };
}
