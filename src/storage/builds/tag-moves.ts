import { sql } from 'kysely';
import { LATE_REQUEST_MS } from '../../domain/late-requests.js';
import type { OpenMove, TagTarget } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';

/** A registry that does not let itself be asked for so long is asked no more. */
const FORGET_AFTER = '24 hours';

/** One process that moves tags, and what it moves for which build. */
export interface MoverOf {
  readonly moverId: string;
  readonly buildId: string;
}

/**
 * Commits that this mover is about to move the tags, so that a move of which nothing more is heard can be looked after. Gives those that an
 * earlier try has left open: what became of them nobody knows.
 */
export async function beginMoves<Target extends TagTarget>(
  db: Database,
  mover: MoverOf,
  targets: readonly Target[],
): Promise<Set<Target>> {
  return transact(db, async (tx) => {
    const at = await databaseNow(tx);
    const begun = await tx
      .insertInto('tag_moves')
      .values(
        targets.map((target) => ({
          mover_id: mover.moverId,
          tenant_id: target.tenantId,
          build_id: mover.buildId,
          repository: target.repository,
          tag: target.tag,
          manifest_digest: target.digest,
          last_tried_at: at,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['mover_id', 'build_id', 'repository', 'tag']).doUpdateSet(({ ref }) => ({
          manifest_digest: ref('excluded.manifest_digest'),
          last_tried_at: at,
          checked_at: null,
        })),
      )
      .returning(['repository', 'tag', sql<boolean>`xmax <> 0`.as('wasOpen')])
      .execute();
    const isOpen = ({ repository, tag }: Target): boolean =>
      begun.some((one) => one.wasOpen && one.repository === repository && one.tag === tag);
    return new Set(targets.filter(isOpen));
  });
}

/** In the transaction that notes where the tag is now. */
export async function endMove(tx: Tx, { moverId, buildId }: MoverOf, target: TagTarget): Promise<void> {
  await tx
    .deleteFrom('tag_moves')
    .where('mover_id', '=', moverId)
    .where('build_id', '=', buildId)
    .where('repository', '=', target.repository)
    .where('tag', '=', target.tag)
    .execute();
}

/** Moves whose last try began so long ago and that are due for a look: each minute at first, then ever less often, and not after a day. */
export async function openMoves(db: Database, olderThanMs: number, limit: number): Promise<OpenMove[]> {
  return transact(db, async (tx) => {
    await tx
      .deleteFrom('tag_moves')
      .where('last_tried_at', '<', sql<Date>`clock_timestamp() - ${FORGET_AFTER}::interval`)
      .execute();
    return tx
      .selectFrom('tag_moves as m')
      .innerJoin('builds as b', 'b.id', 'm.build_id')
      .select(['m.mover_id as moverId', 'm.build_id as buildId', 'm.tenant_id as tenantId'])
      .select(['b.project_id as projectId', 'm.repository', 'm.tag', 'm.manifest_digest as digest'])
      .where('m.last_tried_at', '<', sql<Date>`clock_timestamp() - ${olderThanMs} * interval '1 ms'`)
      .where(
        sql<boolean>`(m.checked_at IS NULL OR
          m.checked_at < clock_timestamp() - greatest(interval '1 minute', (clock_timestamp() - m.last_tried_at) / 10))`,
      )
      .orderBy('m.last_tried_at')
      .limit(limit)
      .execute();
  });
}

/** Notes that the registry is asked now what became of a move; gives whether its last try is so old that nobody will carry it out any more. */
export async function noteChecked(tx: Tx, move: OpenMove): Promise<boolean> {
  const row = await tx
    .updateTable('tag_moves')
    .set({ checked_at: await databaseNow(tx) })
    .where('mover_id', '=', move.moverId)
    .where('build_id', '=', move.buildId)
    .where('repository', '=', move.repository)
    .where('tag', '=', move.tag)
    .returning(
      sql<boolean>`last_tried_at < clock_timestamp() - ${LATE_REQUEST_MS} * interval '1 ms'`.as('isOld'),
    )
    .executeTakeFirst();
  return row?.isOld ?? false;
}
