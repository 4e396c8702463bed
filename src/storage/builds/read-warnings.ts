import { sql } from 'kysely';
import type { BuildWarning } from '../../ports/records.js';
import type { Tx } from '../database.js';

/** How many warnings the newest attempt has left that left any; needs `b` for the build. */
export const warningCount = sql<number>`(
  SELECT count(*)::int FROM build_warnings w WHERE w.build_id = b.id AND w.attempt = (
    SELECT max(n.attempt) FROM build_warnings n WHERE n.build_id = b.id))`;

/** The warnings of the newest attempt that left any, in the order of the file. */
export async function readWarnings(tx: Tx, buildId: string): Promise<BuildWarning[]> {
  return tx
    .selectFrom('build_warnings')
    .select(['found_by', 'rule', 'severity', 'line_number', 'column_number', 'message', 'link'])
    .where('build_id', '=', buildId)
    .where('attempt', '=', ({ selectFrom }) =>
      selectFrom('build_warnings as n')
        .select(({ fn }) => fn.max('n.attempt').as('newest'))
        .where('n.build_id', '=', buildId),
    )
    .orderBy('warning_number')
    .execute();
}
