import { sql } from 'kysely';
import { type BuildStatus, isTerminal } from '../../domain/builds/status.js';
import type { OpenMove, TagRepair, TagsOfRegistry } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { lockRepositoryShared, lockTag } from '../locks.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { endMove, noteChecked } from './tag-moves.js';

const LOCK_TIMEOUT = '5s';
const IDLE_TIMEOUT = '60s';

/**
 * Puts right what a move has done of which nobody knows that it was done, under the lock of the tag. The tag goes back to where Kiln's
 * record has it, or away where it has none and the build is over; but only from the digest of that move, never from another one.
 *
 * Whatever a look finds, the move is forgotten only once it is old and its build is over: each of its tries may have sent the tag, so that it
 * may land once more after it was put right, and also over what somebody else has put there. `moved_elsewhere` is no exception: it shows
 * the digest of a person, or that of another open move, and this one may land over either. What people put there stays for all that, unless
 * it is the very image of the move: that cannot be told from a try that lands late. Once the move is forgotten, they are left alone.
 */
export async function repairTag(db: Database, move: OpenMove, registry: TagsOfRegistry): Promise<TagRepair> {
  return transact(db, async (tx) => {
    await sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
      set_config('idle_in_transaction_session_timeout', ${IDLE_TIMEOUT}, true)`.execute(tx);
    await lockRepositoryShared(tx, move.repository);
    await lockTag(tx, move.repository, move.tag);
    const isOld = await noteChecked(tx, move);
    const status = await statusOf(tx, move.buildId);
    const isBuildOver = isTerminal(status);
    const recorded = await recordedDigest(tx, move);
    const result = await repair(move, recorded, isBuildOver, registry);
    const hasMoved = result === 'removed' || result === 'put_back';
    if (hasMoved && isBuildOver && status !== 'success') await askForManifest(tx, move);
    if (isBuildOver && isOld && result !== 'stuck') await endMove(tx, move, move);
    return result;
  });
}

async function repair(
  move: OpenMove,
  recorded: string | null,
  isBuildOver: boolean,
  registry: TagsOfRegistry,
): Promise<TagRepair> {
  const served = (await registry.head(move.repository, move.tag))?.digest ?? null;
  if (served === recorded) return 'right';
  if (served !== move.digest) return served === null ? 'absent' : 'moved_elsewhere';
  if (recorded !== null) {
    await registry.tag(move.repository, recorded, move.tag);
    return 'put_back';
  }
  if (!isBuildOver) return 'under_way';
  return (await registry.untag(move.repository, move.tag)) ? 'removed' : 'stuck';
}

async function recordedDigest(tx: Tx, { tenantId, repository, tag }: OpenMove): Promise<string | null> {
  const row = await tx
    .selectFrom('image_tags')
    .select('manifest_digest')
    .where('tenant_id', '=', tenantId)
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst();
  return row?.manifest_digest ?? null;
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
