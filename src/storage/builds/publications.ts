import { sql } from 'kysely';
import { nextLookMs } from '../../domain/builds/publication-looks.js';
import { splitDestination } from '../../domain/builds/staging.js';
import type { Publication } from '../../ports/records.js';
import type { Tx } from '../database.js';
import { after, isoOrNull } from '../times.js';

/** How far each repository is, the first begun first. What earlier tries have sent is added up; a later one counts none of it. */
export async function readPublications(tx: Tx, buildId: string): Promise<Publication[]> {
  const rows = await tx
    .selectFrom('publications')
    .selectAll()
    .where('build_id', '=', buildId)
    .orderBy('started_at')
    .orderBy('repository')
    .execute();
  return rows.map((row) => ({
    repository: row.repository,
    manifest_digest: row.manifest_digest,
    status: row.status,
    total_blobs: row.total_blobs,
    mounted_blobs: row.mounted_blobs,
    existing_blobs: row.existing_blobs,
    uploaded_blobs: row.uploaded_blobs + row.uploaded_before,
    total_bytes: row.total_bytes,
    spared_bytes: row.spared_bytes,
    sent_bytes: row.sent_bytes + row.sent_before,
    waiting_reason: row.waiting_reason,
    started_at: row.started_at.toISOString(),
    completed_at: isoOrNull(row.completed_at),
    removed_at: isoOrNull(row.removed_at),
    not_served_at: isoOrNull(row.not_served_at),
    tidy_due_at: isoOrNull(row.tidy_due_at),
    tidy_trouble: row.tidy_trouble,
  }));
}

/**
 * Milliseconds from the beginning of the publication to its last copy or the last tag that this build moved; null where nothing was
 * pushed to any repository.
 */
export async function measurePublication(
  tx: Tx,
  build: { readonly id: string; readonly tenant_id: string; readonly destinations: readonly string[] },
): Promise<number | null> {
  const targets = build.destinations.map(splitDestination);
  const repositories = targets.map(({ repository }) => repository);
  const tags = targets.map(({ tag }) => tag);
  const { rows } = await sql<{ ms: number | null }>`
    SELECT round(extract(epoch FROM greatest(
      max(completed_at) FILTER (WHERE status = 'copied'),
      (SELECT max(t.moved_at) FROM unnest(${repositories}::text[], ${tags}::text[]) AS own (repository, tag)
        JOIN image_tags t ON t.tenant_id = ${build.tenant_id} AND t.repository = own.repository AND t.tag = own.tag
        WHERE t.build_id = ${build.id})) - min(started_at)) * 1000)::bigint AS ms
    FROM publications WHERE build_id = ${build.id} HAVING bool_or(status = 'copied')`.execute(tx);
  return rows[0]?.ms ?? null;
}

/**
 * A copy that was going on when its build ended is going on no more, and one whose tags were not all moved is one that came to nothing; the
 * uploads that it has left open are ended after that. Needs the build's lock.
 */
export async function giveUpPublications(tx: Tx, buildId: string, at: Date): Promise<void> {
  await sql`
    UPDATE publications p SET status = 'given_up', waiting_reason = NULL, completed_at = coalesce(p.completed_at, ${at})
    FROM builds b WHERE b.id = p.build_id AND b.id = ${buildId} AND p.status <> 'given_up'
      AND (p.completed_at IS NULL OR EXISTS (
        SELECT FROM jsonb_array_elements_text(b.destinations) d (destination)
        WHERE starts_with(d.destination, p.repository || ':') AND NOT b.tags_moved @> to_jsonb(d.destination)))`.execute(
    tx,
  );
}

/**
 * Of a build that comes to nothing: what it has left at its destinations is looked at a minute from now, should whoever ends the build not come
 * to it. Needs the build's lock.
 */
export async function planLooks(tx: Tx, buildId: string, at: Date): Promise<void> {
  await tx
    .updateTable('publications')
    .set({ tidy_due_at: after(at, nextLookMs(0) ?? 0) })
    .where('build_id', '=', buildId)
    .where(sql<boolean>`(began_at IS NOT NULL AND NOT was_there OR open_uploads <> '[]')`)
    .execute();
}
