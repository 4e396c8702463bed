import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { ArtifactKey, NewArtifact, StoredArtifact } from '../../ports/artifacts.js';
import type { Content } from '../../ports/contents.js';
import type { Database, Tx } from '../database.js';
import { transact } from '../transact.js';
import { findArtifact } from './find-artifact.js';

/** Says that bytes are on their way, so that what becomes of them when nobody records them is found by the expiry of contents. */
export async function needContent(db: Database, tenantId: string, content: Content): Promise<void> {
  await transact(db, (tx) => upsertContent(tx, tenantId, content));
}

/**
 * See ArtifactRows.keep. The lock on the content keeps an expiry of the same bytes out until the commit; the one on the key lets one
 * after the other decide what is kept.
 */
export async function keepArtifact(
  db: Database,
  artifact: NewArtifact,
  content: Content,
  place: () => Promise<void>,
): Promise<StoredArtifact> {
  return transact(db, async (tx) => {
    await lockKey(tx, artifact);
    const there = await findArtifact(tx, artifact);
    const isSame = there?.sha256 === content.sha256;
    if (there?.isStored === true && !isSame && artifact.replaces !== true) return there;
    // Also where the row says that the bytes are here: they may be lost since.
    await upsertContent(tx, artifact.owner.tenantId, content);
    await place();
    await markStored(tx, artifact.owner.tenantId, content);
    if (there !== null && isSame) return there;
    if (there !== null)
      await tx
        .updateTable('build_artifacts')
        .set({ is_available: false })
        .where('id', '=', there.id)
        .execute();
    return insertRow(tx, artifact, content);
  });
}

async function lockKey(tx: Tx, { owner, type, name }: ArtifactKey): Promise<void> {
  const key = `kiln.artifact ${owner.buildId ?? owner.imageId} ${type} ${name}`;
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
}

/** The size of what has not arrived is what the newest one says, as for a list (need-contents.ts). */
async function upsertContent(tx: Tx, tenantId: string, { sha256, sizeBytes }: Content): Promise<void> {
  await sql`INSERT INTO contents (tenant_id, sha256, size_bytes) VALUES (${tenantId}, ${sha256}, ${sizeBytes})
    ON CONFLICT (tenant_id, sha256) DO UPDATE SET last_needed_at = now(),
      size_bytes = CASE WHEN contents.stored_at IS NULL THEN excluded.size_bytes ELSE contents.size_bytes END`.execute(
    tx,
  );
}

async function markStored(tx: Tx, tenantId: string, { sha256, sizeBytes }: Content): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('contents')
    .set({ stored_at: sql`now()` })
    .where('tenant_id', '=', tenantId)
    .where('sha256', '=', sha256)
    .where('size_bytes', '=', sizeBytes)
    .executeTakeFirst();
  if (numUpdatedRows === 0n)
    throw new KilnError('internal', { detail: `two sizes of the content ${sha256}` });
}

async function insertRow(tx: Tx, artifact: NewArtifact, content: Content): Promise<StoredArtifact> {
  const { owner, type, name, mediaType, retention = 'permanent' } = artifact;
  const row = await tx
    .insertInto('build_artifacts')
    .values({
      tenant_id: owner.tenantId,
      build_id: owner.buildId,
      image_id: owner.imageId ?? null,
      attempt: null,
      artifact_type: type,
      artifact_name: name,
      artifact_location: `contents/${content.sha256}`,
      media_type: mediaType,
      artifact_size_bytes: content.sizeBytes,
      sha256_digest: content.sha256,
      retention_policy: retention,
    })
    .returning(['id', 'created_at'])
    .executeTakeFirstOrThrow();
  return { ...content, id: row.id, mediaType, createdAt: row.created_at };
}
