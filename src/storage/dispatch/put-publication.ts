import { sql } from 'kysely';
import { splitDestination } from '../../domain/builds/staging.js';
import type { OpenUpload, PublicationReport } from '../../domain/builds/publication.js';
import { KilnError } from '../../domain/errors.js';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { storableOrNull, toJson } from '../storable.js';
import { databaseNow } from '../times.js';
import { requireNoOpenRemoval } from '../retention/open-removals.js';
import { beginPublication, noteBeginning } from './begin-publication.js';
import { holdLease } from './hold-lease.js';
import { stagedDigests } from './staged-image.js';

/**
 * Keeps how far a copy is. Where the publication begins, that is committed under the build's lock, unless a cancel came first (cancelled) or
 * the gate is not open (illegal_transition), or a removal of the same image was not answered (removal_unanswered). Of the same digest nothing is taken back: a report of an older try, or after the end of its own, changes nothing. A new try adds what the one before has sent, and finds the uploads that it has left open. forbidden for a repository that is none of the build's.
 */
export async function putPublication(
  db: Database,
  holder: LeaseHolder,
  fence: number,
  report: PublicationReport,
): Promise<OpenUpload[]> {
  return inTenant(db, holder.tenantId, async (tx) => {
    if (report.begins !== undefined) await beginPublication(tx, holder.buildId);
    await holdLease(tx, holder, fence);
    await requireDestination(tx, holder.buildId, report.repository);
    const at = await databaseNow(tx);
    const isOver = report.status === 'copied' || report.status === 'given_up';
    const now = {
      manifest_digest: report.manifestDigest,
      status: report.status,
      attempt: holder.attempt,
      try_number: report.tryNumber,
      total_blobs: report.totalBlobs,
      mounted_blobs: report.mountedBlobs,
      existing_blobs: report.existingBlobs,
      uploaded_blobs: report.uploadedBlobs,
      total_bytes: report.totalBytes,
      spared_bytes: report.sparedBytes,
      sent_bytes: report.sentBytes,
      waiting_reason: storableOrNull(report.waitingReason),
      completed_at: isOver ? at : null,
    };
    // Nobody goes on with what is copied; of what was given up another attempt may.
    const uploads = report.status === 'copied' ? [] : report.openUploads;
    const { buildId, tenantId } = holder;
    const isOtherImage = sql<boolean>`publications.manifest_digest <> excluded.manifest_digest`;
    const isNewTry = sql`(excluded.attempt, excluded.try_number) > (publications.attempt, publications.try_number)`;
    const isSameTry = sql`(excluded.attempt, excluded.try_number) = (publications.attempt, publications.try_number)`;
    const before = (added: string, sum: string) =>
      sql<number>`CASE WHEN ${isOtherImage} THEN 0 WHEN ${isNewTry}
        THEN publications.${sql.ref(sum)} + publications.${sql.ref(added)} ELSE publications.${sql.ref(sum)} END`;
    const ofSameImage = (column: 'began_at' | 'was_there', other = sql`NULL`) =>
      sql<never>`CASE WHEN ${isOtherImage} THEN ${other} ELSE publications.${sql.ref(column)} END`;
    await tx
      .insertInto('publications')
      .values({
        tenant_id: tenantId,
        build_id: buildId,
        repository: report.repository,
        ...now,
        started_at: at,
        open_uploads: toJson(uploads ?? []),
      })
      .onConflict((conflict) =>
        conflict.columns(['build_id', 'repository']).doUpdateSet({
          ...now,
          began_at: ofSameImage('began_at'),
          was_there: ofSameImage('was_there', sql`true`),
          uploaded_before: before('uploaded_blobs', 'uploaded_before'),
          sent_before: before('sent_bytes', 'sent_before'),
          open_uploads:
            uploads === undefined
              ? sql`CASE WHEN ${isOtherImage} THEN '[]' ELSE publications.open_uploads END`
              : toJson(uploads),
        }).where(sql<boolean>`${isOtherImage} OR (publications.status <> 'copied' AND ${isNewTry})
            OR (publications.completed_at IS NULL AND ${isSameTry})`),
      )
      .execute();
    if (report.begins !== undefined) {
      const digests = await stagedDigests(tx, buildId, report.manifestDigest);
      await requireNoOpenRemoval(tx, report.repository, digests);
      await noteBeginning(tx, buildId, report, report.begins.wasThere);
    }
    await notifyBuild(tx, buildId, 'build');
    const kept = await tx
      .selectFrom('publications')
      .select('open_uploads')
      .where('build_id', '=', buildId)
      .where('repository', '=', report.repository)
      .executeTakeFirstOrThrow();
    return kept.open_uploads;
  });
}

async function requireDestination(tx: Tx, buildId: string, repository: string): Promise<void> {
  const { destinations, completed_at: endedAt } = await tx
    .selectFrom('builds')
    .select(['destinations', 'completed_at'])
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow();
  if (endedAt !== null) throw new KilnError('stale_fence');
  if (destinations.some((reference) => splitDestination(reference).repository === repository)) return;
  throw new KilnError('forbidden', { message: `The build is not published to ${repository}.` });
}
