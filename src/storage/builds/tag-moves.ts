import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { LATE_REQUEST_MS } from '../../domain/late-requests.js';
import type { OpenMove, TagRepair, TagTarget } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';

/** A registry that does not let itself be asked for so long is asked no more. */
const FORGET_AFTER = '24 hours';
/** A repair that has waited longer for the lock of its tag begins anew, so that its move is young when it is sent. */
const JUST_BEGUN = '1 minute';

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

/** Notes a repair that is about to be sent: a move of its own, which others may see to once this is committed. */
export async function beginRepair(tx: Tx, repair: OpenMove): Promise<void> {
  await tx
    .insertInto('tag_moves')
    .values({
      mover_id: repair.moverId,
      tenant_id: repair.tenantId,
      build_id: repair.buildId,
      repository: repair.repository,
      tag: repair.tag,
      manifest_digest: repair.digest,
      last_tried_at: await databaseNow(tx),
    })
    .execute();
}

/** Whether a repair is on record and may be sent. Under the lock of its tag, so that nobody forgets it meanwhile. */
export async function isJustBegun(tx: Tx, repair: OpenMove): Promise<boolean> {
  const row = await tx
    .selectFrom('tag_moves')
    .select('mover_id')
    .where('mover_id', '=', repair.moverId)
    .where('build_id', '=', repair.buildId)
    .where('repository', '=', repair.repository)
    .where('tag', '=', repair.tag)
    .where('last_tried_at', '>', sql<Date>`clock_timestamp() - ${JUST_BEGUN}::interval`)
    .executeTakeFirst();
  return row !== undefined;
}

/** The registry has said that it did not do it, and will not. Whatever else it says, it may have done it. */
export function isRefused(error: unknown): boolean {
  return error instanceof KilnError && !error.rule.retryable && error.code !== 'internal';
}

/** In the transaction that notes where the tag is now. */
export async function endMove(
  tx: Tx,
  { moverId, buildId }: MoverOf,
  target: Pick<TagTarget, 'repository' | 'tag'>,
): Promise<void> {
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

/** What is known of a move before it is looked at. */
export interface Checked {
  /** Its last try is so old that nobody will carry it out any more. */
  readonly isOld: boolean;
  /** What the look before has found. */
  readonly finding: TagRepair | null;
}

/** Notes that the registry is asked now what became of a move; null where it was forgotten meanwhile. */
export async function noteChecked(tx: Tx, move: OpenMove): Promise<Checked | null> {
  const row = await ofMove(tx, move)
    .set({ checked_at: await databaseNow(tx) })
    .returning([
      'finding',
      sql<boolean>`last_tried_at < clock_timestamp() - ${LATE_REQUEST_MS} * interval '1 ms'`.as('isOld'),
    ])
    .executeTakeFirst();
  return row ?? null;
}

/** What was found is not told again by the looks that find the same. */
export async function noteFinding(tx: Tx, move: OpenMove, finding: TagRepair): Promise<void> {
  await ofMove(tx, move).set({ finding }).execute();
}

function ofMove(tx: Tx, { moverId, buildId, repository, tag }: OpenMove) {
  return tx
    .updateTable('tag_moves')
    .where('mover_id', '=', moverId)
    .where('build_id', '=', buildId)
    .where('repository', '=', repository)
    .where('tag', '=', tag);
}
