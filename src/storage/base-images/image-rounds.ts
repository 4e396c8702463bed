import { type Selectable, sql } from 'kysely';
import { KEPT_MOVES_DAYS, shortDigest } from '../../domain/base-images/watch.js';
import type { ImageRound, ImageRounds, SeenImage } from '../../ports/base-images.js';
import type { Database, Tx } from '../database.js';
import { lockBaseImages } from '../locks.js';
import { notifyBaseImages } from '../notify.js';
import type { BaseImageMovesTable } from '../schema/base-images.js';
import { storableText } from '../storable.js';
import { after, databaseNow, NOW } from '../times.js';
import { transact } from '../transact.js';
import { type Standing, standingProjects } from './standing-projects.js';

const TROUBLE_MAX = 2000;
/** Longer than any pause between two looks at what is watched. */
const KEPT_LOOKS_DAYS = 30;

/** Looks at the tags that watched projects stand on. Needs the role kiln_controller. */
export function createImageRounds(db: Database): ImageRounds {
  return {
    begin: (tenantId) =>
      transact(db, async (tx) => {
        const at = await databaseNow(tx);
        const standing = await standingProjects(tx, tenantId);
        await forget(tx);
        const resting = await tx
          .selectFrom('watched_images')
          .select(['tenant_id', 'reference'])
          .where('not_before', '>', at)
          .execute();
        const rests = new Set(resting.map((row) => `${row.tenant_id} ${row.reference}`));
        const rounds = groupBy(standing, (one) => one.tenantId);
        return [...rounds].map(([tenant, own]): ImageRound => ({
          tenantId: tenant,
          at: at.toISOString(),
          images: [...groupBy(own, ({ reference }) => reference)]
            .filter(([reference]) => !rests.has(`${tenant} ${reference}`))
            .map(([reference, all]) => ({ reference, projectIds: all.map(({ projectId }) => projectId) })),
        }));
      }),

    record: (round, seen) =>
      transact(db, async (tx) => {
        await lockBaseImages(tx, round.tenantId);
        const standing = await standingProjects(tx, round.tenantId);
        let moves = 0;
        for (const one of seen) {
          if (!(await keep(tx, round, one)) || !('digest' in one)) continue;
          const own = standing.filter(({ reference }) => reference === one.reference);
          if (await follow(tx, round, one, own)) moves += 1;
        }
        if (moves > 0) await notifyBaseImages(tx);
        return { moves };
      }),
  };
}

/** False where something newer is known. */
async function keep(tx: Tx, { tenantId, at }: ImageRound, seen: SeenImage): Promise<boolean> {
  const checkedAt = new Date(at);
  const told =
    'digest' in seen
      ? { digest: seen.digest, not_before: null, trouble: null }
      : {
          not_before: seen.pauseMs === null ? null : after(await databaseNow(tx), seen.pauseMs),
          trouble: storableText(seen.trouble).slice(0, TROUBLE_MAX),
        };
  const kept = await tx
    .insertInto('watched_images')
    .values({ tenant_id: tenantId, reference: seen.reference, checked_at: checkedAt, ...told })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'reference'])
        .doUpdateSet({ checked_at: checkedAt, ...told })
        .where('watched_images.checked_at', '<', checkedAt),
    )
    .returning('reference')
    .executeTakeFirst();
  return kept !== undefined;
}

/** Writes down what follows from where a tag points now. True where a build follows. */
async function follow(
  tx: Tx,
  { tenantId, at }: ImageRound,
  { reference, digest }: { readonly reference: string; readonly digest: string },
  standing: readonly Standing[],
): Promise<boolean> {
  const behind = standing.filter((one) => one.digest !== null && one.digest !== digest);
  const [newest, ...others] = [...new Map(behind.map((one) => [one.projectId, one])).values()];
  const last = await tx
    .selectFrom('base_image_moves')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('reference', '=', reference)
    .orderBy('seen_at', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  if (last !== undefined && last.to_digest === digest && last.move_status !== 'superseded') {
    const added = newest === undefined ? 0 : await addRebuilds(tx, tenantId, last, [newest, ...others]);
    if (added > 0 && last.move_status === 'done')
      await tx
        .updateTable('base_image_moves')
        .set({ move_status: 'open' })
        .where('id', '=', last.id)
        .execute();
    return added > 0;
  }
  if (last !== undefined && (last.move_status === 'open' || last.move_status === 'stopped'))
    await tx
      .updateTable('base_image_moves')
      .set({ move_status: 'superseded', reason: `the tag points at ${shortDigest(digest)} now` })
      .where('id', '=', last.id)
      .execute();
  if (newest?.digest == null) return false;
  const move = await tx
    .insertInto('base_image_moves')
    .values({
      ...{ tenant_id: tenantId, reference, from_digest: newest.digest, to_digest: digest },
      seen_at: new Date(at),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await addRebuilds(tx, tenantId, move, [newest, ...others]);
  return true;
}

/**
 * Behind those that the move has; gives how many are to be built. One whose build has reached the new image waits again where another success, on
 * the old image, was recorded after it: that had begun before, or is of a branch that is watched since.
 */
async function addRebuilds(
  tx: Tx,
  tenantId: string,
  move: Pick<Selectable<BaseImageMovesTable>, 'id' | 'reference' | 'to_digest'>,
  projects: readonly Standing[],
): Promise<number> {
  const { id: moveId, reference, to_digest: digest } = move;
  const { count } = await tx
    .selectFrom('base_image_rebuilds')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('move_id', '=', moveId)
    .executeTakeFirstOrThrow();
  const added = await tx
    .insertInto('base_image_rebuilds')
    .values(
      projects.map(({ projectId, buildId }, index) => ({
        ...{ tenant_id: tenantId, move_id: moveId, project_id: projectId, from_build_id: buildId },
        position: Number(count) + index + 1,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['move_id', 'project_id'])
        .doUpdateSet({
          from_build_id: ({ ref }) => ref('excluded.from_build_id'),
          ...{ batch_id: null, build_id: null, is_skipped: false, reason: null, ask_at: NOW },
        })
        .where('excluded.from_build_id', 'is distinct from', ({ ref }) =>
          ref('base_image_rebuilds.from_build_id'),
        )
        .where(
          sql<boolean>`base_image_rebuilds.is_skipped OR EXISTS (
            SELECT FROM build_base_images u JOIN builds b ON b.id = u.build_id
            WHERE u.build_id = base_image_rebuilds.build_id AND b.status = 'success'
              AND u.reference = ${reference} AND u.digest = ${digest})`,
        ),
    )
    .returning('project_id')
    .execute();
  return added.length;
}

/** What was not looked at for long, and moves that are long over; the newest of a tag says what was built for it. */
async function forget(tx: Tx): Promise<void> {
  await sql`
    DELETE FROM watched_images WHERE checked_at < now() - ${KEPT_LOOKS_DAYS} * interval '1 day'`.execute(tx);
  await sql`
    DELETE FROM base_image_moves m
    WHERE m.move_status IN ('done', 'superseded') AND m.seen_at < now() - ${KEPT_MOVES_DAYS} * interval '1 day'
      AND EXISTS (SELECT FROM base_image_moves newer WHERE newer.tenant_id = m.tenant_id
        AND newer.reference = m.reference AND newer.seen_at > m.seen_at)`.execute(tx);
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}
