import { sql } from 'kysely';
import type { InspectedImage, RunOutcome } from '../../domain/builds/outcome.js';
import type { Database, Tx } from '../database.js';

/** An image in staging, and the attempt of which build left it there. */
export interface StagedImage {
  readonly buildId: string;
  readonly attempt: number;
  readonly outcome: RunOutcome;
  readonly image: InspectedImage;
}

/**
 * The image of the newest attempt that succeeded; it lies in staging whatever became of its worker. A retry that resumes has that
 * of the build which it goes on from.
 */
export async function stagedImage(tx: Database | Tx, buildId: string): Promise<StagedImage | null> {
  const row = await tx
    .selectFrom('attempts')
    .select(['build_id as buildId', 'attempt', 'outcome'])
    .where(({ or, eb, selectFrom }) =>
      or([
        eb('build_id', '=', buildId),
        eb(
          'build_id',
          '=',
          selectFrom('build_configs').select('resume_build_id').where('build_id', '=', buildId),
        ),
      ]),
    )
    .where(sql`outcome ->> 'result'`, '=', 'succeeded')
    .orderBy((eb) => eb('build_id', '=', buildId), 'desc')
    .orderBy('attempt', 'desc')
    .limit(1)
    .executeTakeFirst();
  const outcome = row?.outcome;
  if (row === undefined || !outcome?.image) return null;
  return { buildId: row.buildId, attempt: row.attempt, outcome, image: outcome.image };
}

/** A manifest and, where it is the index that the build has staged, the images of its platforms. */
export async function stagedDigests(tx: Tx, buildId: string, digest: string): Promise<string[]> {
  const staged = await stagedImage(tx, buildId);
  if (staged?.image.manifestDigest !== digest) return [digest];
  return [digest, ...(staged.image.platformImages ?? []).map(({ manifestDigest }) => manifestDigest)];
}
