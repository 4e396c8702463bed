import { KilnError } from '../../domain/errors.js';
import type { Tx } from '../database.js';

/** Locks a build for a change of its status or lease. not_found when there is none. */
export async function lockBuild(tx: Tx, buildId: string) {
  const build = await tx
    .selectFrom('builds')
    .selectAll()
    .where('id', '=', buildId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (build === undefined) throw new KilnError('not_found', { message: 'There is no such build.' });
  return build;
}

export type LockedBuild = Awaited<ReturnType<typeof lockBuild>>;
