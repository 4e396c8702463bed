import { sql } from 'kysely';
import { timeLimit } from '../../domain/time-limit.js';
import { splitDestination } from '../../domain/builds/staging.js';
import type { LeaseRef } from '../../domain/dispatch/lease.js';
import { KilnError } from '../../domain/errors.js';
import type { MoveResult, Owner, TagTarget } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { lockBuild, type LockedBuild } from '../dispatch/lock-build.js';
import { stagedImage } from '../dispatch/staged-image.js';
import { VALID_STATES } from '../dispatch/valid-leases.js';
import { requireOpenGate } from '../gates/pass-gate.js';
import { lockRepositoryShared, lockTag } from '../locks.js';
import { notifyBuild } from '../notify.js';
import { toJson } from '../storable.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import type { Turns } from '../turns.js';
import { isHeld } from './held.js';
import { isPublished } from './published.js';
import { reopenPublications } from './reopen-publications.js';
import { beginMoves, endMove, isRefused } from './tag-moves.js';
import { endWait } from './tag-waits.js';

const LOCK_TIMEOUT = '5s';

type MoveTag = (target: TagTarget, signal: AbortSignal) => Promise<void>;

export interface MoveOptions {
  /** Of this process, for whom a move is open until it is noted. */
  readonly moverId: string;
  readonly turns: Turns;
  /** Bounds the wait for a turn, and then the move of the tags. */
  readonly moveTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Moved {
  result: MoveResult;
}

/**
 * Points every destination at the staged image, all of them at once. A cancel counts until the publication has begun, and a stale lease
 * until the tags are locked; that they will be touched is committed before. Repeating moves the tags to the same digest again, or does
 * nothing when all were moved. Waiting and moving are bounded and end with the signal (unavailable; registry_unreachable where a registry
 * does not answer in that time); the tags that were moved by then are noted, and a repetition moves the rest. `missing` when a repository does not hold the image (any more): it has to be copied again.
 */
export async function moveTags(
  db: Database,
  lease: LeaseRef,
  move: MoveTag,
  options: MoveOptions,
): Promise<Moved> {
  const begun = await transact(db, (tx) => beginTags(tx, lease));
  if ('result' in begun) return begun;
  const targets = begun.destinations.map((destination) => ({
    ...begun.owner,
    ...splitDestination(destination),
    ...{ destination, digest: begun.digest },
  }));
  const mover = { moverId: options.moverId, buildId: lease.buildId };
  const registries = new Set(targets.map(({ repository }) => repository.slice(0, repository.indexOf('/'))));
  const endTurn = await options.turns.take(bounded(options), [...registries]).catch(noTurn);
  try {
    const wereOpen = await beginMoves(db, mover, targets);
    // What an earlier try has sent may still be on its way, whatever becomes of this one: the repair looks after it.
    const forgetUnlessOpen = async (tx: Tx, target: TagTarget): Promise<void> => {
      if (!(wereOpen as ReadonlySet<TagTarget>).has(target)) await endMove(tx, mover, target);
    };
    const errors = await transact(db, async (tx): Promise<unknown[] | 'fenced'> => {
      await boundTransaction(tx, options.moveTimeoutMs);
      await lockTargets(tx, targets);
      if (!(await keepLease(tx, lease))) {
        for (const target of targets) await forgetUnlessOpen(tx, target);
        return 'fenced';
      }
      const limit = bounded(options);
      const ends = await Promise.all(
        targets.map((target) =>
          moveInTime(target, move, limit, options.signal).then(
            () => ({ target, error: null }),
            (error: unknown) => ({ target, error }),
          ),
        ),
      );
      const build = await lockBuild(tx, lease.buildId);
      // Ended by hand meanwhile: what was moved stays open, for the record knows nothing of it.
      if (!(await isHeld(tx, build, lease))) return 'fenced';
      for (const { target, error } of ends) {
        if (error !== null && isRefused(error)) await forgetUnlessOpen(tx, target);
        if (error !== null) continue;
        await saveTag(tx, build, target);
        await forgetUnlessOpen(tx, target);
      }
      const missing = ends.filter(({ error }) => isMissing(error)).map(({ target }) => target.repository);
      await reopenPublications(tx, build.id, missing);
      return ends.flatMap(({ error }) => (error === null ? [] : [error]));
    });
    if (errors === 'fenced') return { result: 'fenced' };
    const failures = errors.filter((error) => !isMissing(error));
    const failed = failures.find(isRefused) ?? failures[0];
    if (failed !== undefined) throw failed;
    return { result: errors.length === 0 ? 'moved' : 'missing' };
  } finally {
    endTurn();
  }
}

/**
 * Keeps a lease that is held from expiring while a registry is asked, without the lock of its build: a cancel and a renewal wait for no
 * registry. False when it is held no more.
 */
async function keepLease(tx: Tx, lease: LeaseRef): Promise<boolean> {
  const kept = await tx
    .selectFrom('leases')
    .select('id')
    .where('id', '=', lease.leaseId)
    .where('state', 'in', VALID_STATES)
    .forKeyShare()
    .executeTakeFirst();
  if (kept === undefined) return false;
  const build = await tx
    .selectFrom('builds')
    .selectAll()
    .where('id', '=', lease.buildId)
    .executeTakeFirstOrThrow();
  return isHeld(tx, build, lease);
}

/** In one order, so that two builds that move the same tags wait for each other and not both. */
async function lockTargets(tx: Tx, targets: readonly TagTarget[]): Promise<void> {
  const repositories = new Set(targets.map(({ repository }) => repository));
  for (const repository of [...repositories].sort()) await lockRepositoryShared(tx, repository);
  const byName = targets.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const { repository, tag } of byName) await lockTag(tx, repository, tag);
}

function nameOf({ repository, tag }: TagTarget): string {
  return `${repository}:${tag}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof KilnError && error.code === 'not_found';
}

function bounded({ signal, moveTimeoutMs }: MoveOptions): AbortSignal {
  return timeLimit(moveTimeoutMs, signal);
}

function noTurn(cause: unknown): never {
  throw new KilnError('unavailable', {
    message: 'Other tags were being moved for as long as a tag waits for its turn.',
    cause,
  });
}

/** Stopped by its caller, or too slow a registry. */
function interrupted(target: TagTarget, stop: AbortSignal | undefined, cause: unknown): never {
  if (stop?.aborted === true)
    throw new KilnError('unavailable', { message: 'The move of the tags was interrupted.', cause });
  throw new KilnError('registry_unreachable', {
    message: `The tag ${nameOf(target)} could not be moved in time: its registry does not answer.`,
    cause,
  });
}

/** The server ends the transaction by itself when this process is gone in the middle of it. */
async function boundTransaction(tx: Tx, moveTimeoutMs: number): Promise<void> {
  await sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
    set_config('idle_in_transaction_session_timeout', ${String(moveTimeoutMs + 5_000)}, true)`.execute(tx);
}

/** Does not wait for a registry that does not answer, even if `move` does not heed the signal. */
async function moveInTime(
  target: TagTarget,
  move: MoveTag,
  signal: AbortSignal,
  stop: AbortSignal | undefined,
): Promise<void> {
  if (signal.aborted) interrupted(target, stop, signal.reason);
  let giveUp = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    await Promise.race([move(target, signal), aborted]);
  } catch (error) {
    if (signal.aborted) interrupted(target, stop, error);
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function beginTags(
  tx: Tx,
  lease: LeaseRef,
): Promise<Moved | { owner: Owner; destinations: readonly string[]; digest: string }> {
  const build = await lockBuild(tx, lease.buildId);
  if (isPublished(build)) return { result: 'moved' };
  if (!(await isHeld(tx, build, lease))) return { result: 'fenced' };
  if (build.tags_began_at === null) {
    if (build.cancel_requested_at !== null) return { result: 'cancelled' };
    await requireOpenGate(tx, build.id);
    const at = await databaseNow(tx);
    await tx
      .updateTable('builds')
      .set({ tags_began_at: at, publish_began_at: build.publish_began_at ?? at })
      .where('id', '=', build.id)
      .execute();
  }
  const staged = await stagedImage(tx, build.id);
  if (staged === null) {
    throw new KilnError('illegal_transition', { message: 'The build has no image to publish.' });
  }
  const owner = { tenantId: build.tenant_id, projectId: build.project_id };
  return { owner, destinations: build.destinations, digest: staged.image.manifestDigest };
}

async function saveTag(
  tx: Tx,
  build: LockedBuild,
  { destination, ...target }: TagTarget & { readonly destination: string },
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
  await endWait(tx, build.id, target.repository);
  await notifyBuild(tx, build.id, 'build');
}
