import { noSuchBuild } from '../../domain/builds/no-such-build.js';
import { parseId } from '../../domain/ids.js';
import type { Tx } from '../database.js';

/** The first build of a chain of retries; of a build that is no retry, itself. not_found for an unknown build. */
export async function firstOfChain(tx: Tx, buildId: string): Promise<string> {
  const row = await tx
    .selectFrom('build_results')
    .select('original_build_id')
    .where('build_id', '=', parseId(buildId))
    .executeTakeFirst();
  if (row === undefined) throw noSuchBuild();
  return row.original_build_id ?? buildId;
}

/** The builds of a chain, the first one first. */
export function chainOf(tx: Tx, firstBuildId: string) {
  return tx
    .selectFrom('builds as b')
    .innerJoin('build_results as r', 'r.build_id', 'b.id')
    .where(({ eb, or }) =>
      or([eb('r.build_id', '=', firstBuildId), eb('r.original_build_id', '=', firstBuildId)]),
    )
    .orderBy('r.retry_count');
}
