import { sql } from 'kysely';
import { isTerminal } from '../../domain/builds/status.js';
import { splitDestination } from '../../domain/builds/staging.js';
import type { LeaseRef } from '../../domain/dispatch/lease.js';
import { KilnError } from '../../domain/errors.js';
import type { Database, Tx } from '../database.js';
import { lockBuild, type LockedBuild } from '../dispatch/lock-build.js';
import { stagedImage } from '../dispatch/staged-image.js';
import { VALID_STATES } from '../dispatch/valid-leases.js';
import { lockTag } from '../locks.js';
import { notifyBuild } from '../notify.js';
import { toJson } from '../storable.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { isPublished } from './published.js';

export type MoveTag = (target: { repository: string; tag: string; digest: string }) => Promise<void>;
export interface Moved {
  result: 'moved' | 'cancelled' | 'fenced';
}

/**
 * Points every destination at the staged image. A cancel counts until the publication has begun, which is committed before
 * the first tag is touched; a stale lease counts at every tag. Repeating moves the tags to the same digest again, or does
 * nothing when all were moved.
 */
export async function moveTags(db: Database, lease: LeaseRef, move: MoveTag): Promise<Moved> {
  const begun = await transact(db, (tx) => beginPublication(tx, lease));
  if ('result' in begun) return begun;
  for (const destination of begun.destinations) {
    const target = { ...splitDestination(destination), digest: begun.digest };
    const held = await transact(db, async (tx) => {
      await lockTag(tx, target.repository, target.tag);
      const build = await lockBuild(tx, lease.buildId);
      if (!(await isHeld(tx, build, lease))) return false;
      await move(target);
      await saveTag(tx, build, destination, target);
      return true;
    });
    if (!held) return { result: 'fenced' };
  }
  return { result: 'moved' };
}

async function beginPublication(
  tx: Tx,
  lease: LeaseRef,
): Promise<Moved | { destinations: readonly string[]; digest: string }> {
  const build = await lockBuild(tx, lease.buildId);
  if (isPublished(build)) return { result: 'moved' };
  if (!(await isHeld(tx, build, lease))) return { result: 'fenced' };
  if (build.publish_began_at === null) {
    if (build.cancel_requested_at !== null) return { result: 'cancelled' };
    await tx
      .updateTable('builds')
      .set({ publish_began_at: await databaseNow(tx) })
      .where('id', '=', build.id)
      .execute();
  }
  const staged = await stagedImage(tx, build.id);
  if (staged === null) {
    throw new KilnError('illegal_transition', { message: 'The build has no image to publish.' });
  }
  return { destinations: build.destinations, digest: staged.image.manifestDigest };
}

async function isHeld(tx: Tx, build: LockedBuild, ref: LeaseRef): Promise<boolean> {
  if (isTerminal(build.status) || build.fence !== ref.fence) return false;
  const lease = await tx
    .selectFrom('leases')
    .select('id')
    .where('id', '=', ref.leaseId)
    .where('build_id', '=', build.id)
    .where('fence', '=', ref.fence)
    .where('state', 'in', VALID_STATES)
    .executeTakeFirst();
  return lease !== undefined;
}

async function saveTag(
  tx: Tx,
  build: LockedBuild,
  destination: string,
  target: { repository: string; tag: string; digest: string },
): Promise<void> {
  const now = {
    manifest_digest: target.digest,
    build_id: build.id,
    image_id: null,
    moved_at: await databaseNow(tx),
  };
  await tx
    .insertInto('image_tags')
    .values({ tenant_id: build.tenant_id, repository: target.repository, tag: target.tag, ...now })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'repository', 'tag']).doUpdateSet(now))
    .execute();
  await tx
    .updateTable('builds')
    .set({ tags_moved: sql<string>`tags_moved || ${toJson([destination])}::jsonb` })
    .where('id', '=', build.id)
    .where(sql<boolean>`NOT tags_moved @> ${toJson([destination])}::jsonb`)
    .execute();
  await notifyBuild(tx, build.id);
}
