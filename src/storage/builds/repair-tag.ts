import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type BuildStatus, isTerminal } from '../../domain/builds/status.js';
import type { OpenMove, TagLook, TagRepair, TagsOfRegistry } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { lockRepositoryShared, lockTag } from '../locks.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { beginRepair, endMove, isJustBegun, isRefused, noteChecked, noteFinding } from './tag-moves.js';

const LOCK_TIMEOUT = '5s';
const IDLE_TIMEOUT = '60s';

/**
 * Puts right what a move has done of which nobody knows that it was done, under the lock of the tag. The tag goes back to where Kiln's
 * record has it, or away where it has none and the build is over; but only from what that move has sent, never from anything else.
 *
 * Whatever a look finds, the move is forgotten only once it is old and its build is over: each of its tries may have sent the tag, so that it
 * may land once more after it was put right, and also over what somebody else has put there. `moved_elsewhere` is no exception: it shows
 * the digest of a person, or that of another open move, and this one may land over either. What people put there stays for all that, unless
 * it is the very image of the move: that cannot be told from a try that lands late. Once the move is forgotten, they are left alone.
 *
 * What a repair sends may land late too. It is committed as a move of its own before, and the tag is looked at again under its lock; the
 * move is taken back with the answer of the registry, and stays open without one.
 */
export async function repairTag(db: Database, move: OpenMove, registry: TagsOfRegistry): Promise<TagLook> {
  const moverId = randomUUID();
  for (let own: OpenMove | null = null; ;) {
    const look = await lookAt(db, move, own, moverId, registry);
    if ('what' in look) return look;
    own = look.begun;
  }
}

/** One look under the lock of the tag, which sends what `own` says if that is still what to do, and otherwise commits what the next one may send. */
async function lookAt(
  db: Database,
  move: OpenMove,
  own: OpenMove | null,
  moverId: string,
  registry: TagsOfRegistry,
): Promise<TagLook | { readonly begun: OpenMove }> {
  let isOwnRefused = false;
  const look = transact(db, async (tx): Promise<TagLook | { readonly begun: OpenMove }> => {
    await sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
      set_config('idle_in_transaction_session_timeout', ${IDLE_TIMEOUT}, true)`.execute(tx);
    await lockRepositoryShared(tx, move.repository);
    await lockTag(tx, move.repository, move.tag);
    const checked = await noteChecked(tx, move);
    if (checked === null) return { what: 'right', isNews: false };
    const status = await statusOf(tx, move.buildId);
    const isBuildOver = isTerminal(status);
    const recorded = await recordedTag(tx, move);
    let what = await judge(move, recorded?.digest ?? null, isBuildOver, registry);
    if (what === 'put_back' || what === 'removed') {
      const next = { ...move, moverId, buildId: recorded?.buildId ?? move.buildId };
      const repair = { ...next, digest: recorded?.digest ?? null };
      if (own === null || !isSame(own, repair) || !(await isJustBegun(tx, own))) {
        if (own !== null) await endMove(tx, own, own);
        await beginRepair(tx, repair);
        return { begun: repair };
      }
      what = await send(own, registry).catch((error: unknown) => {
        isOwnRefused = isRefused(error);
        throw error;
      });
    }
    if (own !== null) await endMove(tx, own, own);
    const isDone = what === 'put_back' || what === 'removed';
    if (isDone && isBuildOver && status !== 'success') await askForManifest(tx, move);
    if (isBuildOver && checked.isOld && what !== 'stuck') await endMove(tx, move, move);
    else await noteFinding(tx, move, what);
    return { what, isNews: isDone || what !== checked.finding };
  });
  return look.catch(async (error: unknown) => {
    if (own !== null && isOwnRefused) await transact(db, (tx) => endMove(tx, own, own));
    throw error;
  });
}

/** What is to be done, or was found where nothing is. */
async function judge(
  move: OpenMove,
  recorded: string | null,
  isBuildOver: boolean,
  registry: TagsOfRegistry,
): Promise<TagRepair> {
  const served = (await registry.head(move.repository, move.tag))?.digest ?? null;
  if (served === recorded) return 'right';
  if (served !== move.digest) return served === null ? 'absent' : 'moved_elsewhere';
  if (recorded !== null) return 'put_back';
  return isBuildOver ? 'removed' : 'under_way';
}

async function send({ repository, tag, digest }: OpenMove, registry: TagsOfRegistry): Promise<TagRepair> {
  if (digest === null)
    return (await registry.untag(repository, tag, undefined, { isSentOnce: true })) ? 'removed' : 'stuck';
  await registry.tag(repository, digest, tag);
  return 'put_back';
}

function isSame(one: OpenMove, other: OpenMove): boolean {
  return one.buildId === other.buildId && one.digest === other.digest;
}

async function recordedTag(
  tx: Tx,
  { tenantId, repository, tag }: OpenMove,
): Promise<{ readonly digest: string; readonly buildId: string } | undefined> {
  return tx
    .selectFrom('image_tags')
    .select(['manifest_digest as digest', 'build_id as buildId'])
    .where('tenant_id', '=', tenantId)
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst();
}

async function statusOf(tx: Tx, buildId: string): Promise<BuildStatus> {
  const { status } = await tx
    .selectFrom('builds')
    .select('status')
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow();
  return status;
}

/** What the tag of a build that came to nothing has brought back, or kept from being removed, is looked after in the next round. */
async function askForManifest(tx: Tx, { buildId, repository }: OpenMove): Promise<void> {
  await tx
    .updateTable('publications')
    .set({ tidy_due_at: await databaseNow(tx) })
    .where('build_id', '=', buildId)
    .where('repository', '=', repository)
    .where('began_at', 'is not', null)
    .where('was_there', '=', false)
    .execute();
}
