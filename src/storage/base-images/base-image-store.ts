import type { Selectable } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { BaseImageMove, BaseImageStore, WatchedImage } from '../../ports/base-images.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBaseImages } from '../notify.js';
import type { BaseImageMovesTable } from '../schema/base-images.js';
import { isoOrNull, NOW } from '../times.js';
import { readRebuilds } from './read-rebuilds.js';
import { standingProjects } from './standing-projects.js';

/** The watch as people see it. Works under the role kiln_api. */
export function createBaseImageStore(db: Database): BaseImageStore {
  return {
    watched: ({ tenantId }) => inTenant(db, tenantId, (tx) => watched(tx, tenantId)),

    moves: ({ tenantId }, limit) =>
      inTenant(db, tenantId, async (tx) => {
        const rows = await tx
          .selectFrom('base_image_moves')
          .selectAll()
          .orderBy('seen_at', 'desc')
          .orderBy('reference')
          .limit(limit)
          .execute();
        return withProjects(tx, rows);
      }),

    resume: ({ tenantId }, moveId) =>
      inTenant(db, tenantId, async (tx) => {
        const move = await tx
          .selectFrom('base_image_moves')
          .selectAll()
          .where('id', '=', parseId(moveId))
          .forUpdate()
          .executeTakeFirst();
        if (move === undefined)
          throw new KilnError('not_found', {
            message: 'There is no such move of a base image.',
            fix: '`kiln base-images moves` lists those that there are.',
          });
        if (move.move_status !== 'stopped')
          throw new KilnError('conflict', {
            message: `The move of ${move.reference} is ${move.move_status}: only one that is stopped can be resumed.`,
            fix: '`kiln base-images moves` shows how far it is.',
          });
        const open = { move_status: 'open', reason: null, resumed_at: NOW } as const;
        await tx.updateTable('base_image_moves').set(open).where('id', '=', move.id).execute();
        await notifyBaseImages(tx);
        const [shown] = await withProjects(tx, [{ ...move, move_status: 'open', reason: null }]);
        return shown!;
      }),
  };
}

async function watched(tx: Tx, tenantId: string): Promise<WatchedImage[]> {
  const images = new Map<string, WatchedImage>();
  const looks = await tx.selectFrom('watched_images').selectAll().execute();
  for (const { reference, project, buildNumber, digest, isBase } of await standingProjects(tx, tenantId)) {
    const look = looks.find((one) => one.reference === reference);
    const before = images.get(reference)?.projects ?? [];
    images.set(reference, {
      reference,
      digest: look?.digest ?? null,
      checkedAt: isoOrNull(look?.checked_at ?? null),
      trouble: look?.trouble ?? null,
      notBefore: isoOrNull(look?.not_before ?? null),
      projects: [...before, { project, buildNumber, digest, isBase }],
    });
  }
  return [...images.values()].sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

async function withProjects(
  tx: Tx,
  moves: readonly Selectable<BaseImageMovesTable>[],
): Promise<BaseImageMove[]> {
  const rebuilds = await readRebuilds(
    tx,
    moves.map(({ id }) => id),
  );
  return moves.map((move) => {
    const own = rebuilds.filter(({ moveId }) => moveId === move.id);
    const canary = own.find(({ state }) => state !== 'skipped');
    return {
      id: move.id,
      reference: move.reference,
      from: move.from_digest,
      to: move.to_digest,
      status: move.move_status,
      reason: move.reason,
      seenAt: move.seen_at.toISOString(),
      projects: own.map((one) => ({
        project: one.project,
        isCanary: one === canary,
        state: one.state,
        buildId: one.buildId,
        buildNumber: one.buildNumber,
        reason: one.reason,
      })),
    };
  });
}
