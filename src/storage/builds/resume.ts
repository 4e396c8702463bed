import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Tx } from '../database.js';
import { chainOf } from './chain.js';

/** Builds of a chain that failed or were cancelled, with an image of their own that still lies in staging, the newest first. */
function resumable(tx: Tx, firstBuildId: string) {
  return stagedBuilds(tx, firstBuildId)
    .where('r.cleanup_status', '=', 'pending')
    .where('b.staging_kept_until', '>', sql<Date>`clock_timestamp()`);
}

function stagedBuilds(tx: Tx, firstBuildId: string) {
  return chainOf(tx, firstBuildId)
    .clearOrderBy()
    .orderBy('r.retry_count', 'desc')
    .select(['b.id', 'b.build_number'])
    .where('b.status', 'in', ['failed', 'cancelled'])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('attempts as a')
          .select('a.attempt')
          .whereRef('a.build_id', '=', 'b.id')
          .where(sql`a.outcome ->> 'result'`, '=', 'succeeded'),
      ),
    );
}

/** The build of the chain whose staged image a retry can publish; resume_impossible when there is none. */
export async function buildToResume(tx: Tx, firstBuildId: string): Promise<string> {
  const kept = await resumable(tx, firstBuildId).limit(1).executeTakeFirst();
  if (kept !== undefined) return kept.id;
  const gone = await stagedBuilds(tx, firstBuildId).limit(1).executeTakeFirst();
  throw new KilnError('resume_impossible', {
    message:
      gone === undefined
        ? 'No build of this chain got as far as a finished image, so there is nothing to publish.'
        : `The image of build #${String(gone.build_number)} has been removed from staging.`,
  });
}

/** From now on the image of this build counts as gone: no retry goes on from it. */
export async function closeForResume(tx: Tx, buildId: string): Promise<void> {
  await tx
    .updateTable('build_results')
    .set({ cleanup_status: 'failed' })
    .where('build_id', '=', buildId)
    .execute();
}

/** Whether a build `b` that failed or was cancelled has an image to go on from: its own, or the one that it was to publish. */
export const hasImageToResume = sql<boolean>`b.status IN ('failed', 'cancelled') AND EXISTS (
  SELECT FROM build_configs c
  JOIN builds s ON s.id = ANY(ARRAY[c.build_id, c.resume_build_id])
  JOIN build_results sr ON sr.build_id = s.id
  JOIN attempts a ON a.build_id = s.id
  WHERE c.build_id = b.id AND s.status IN ('failed', 'cancelled') AND s.staging_kept_until > clock_timestamp()
    AND sr.cleanup_status = 'pending' AND a.outcome ->> 'result' = 'succeeded')`;
