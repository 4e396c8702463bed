import { sql } from 'kysely';
import type { InspectedImage, RunOutcome } from '../../domain/builds/outcome.js';
import type { Tx } from '../database.js';

/** The image of the newest attempt that succeeded; it lies in staging whatever became of its worker. */
export async function stagedImage(
  tx: Tx,
  buildId: string,
): Promise<{ attempt: number; outcome: RunOutcome; image: InspectedImage } | null> {
  const row = await tx
    .selectFrom('attempts')
    .select(['attempt', 'outcome'])
    .where('build_id', '=', buildId)
    .where(sql`outcome ->> 'result'`, '=', 'succeeded')
    .orderBy('attempt', 'desc')
    .limit(1)
    .executeTakeFirst();
  const outcome = row?.outcome;
  if (row === undefined || !outcome?.image) return null;
  return { attempt: row.attempt, outcome, image: outcome.image };
}
