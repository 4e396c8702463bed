import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { LATE_REQUEST_MS } from '../../domain/late-requests.js';
import type { ImageRegistry, Removal } from '../../ports/image-registry.js';
import type { Database, Tx } from '../database.js';
import { lockRemovals, lockRemovalsShared } from '../locks.js';
import { after, databaseNow } from '../times.js';
import { transact } from '../transact.js';

/** Asks the registry for one of the removals that have begun. */
export type Remove = (
  registry: Pick<ImageRegistry, 'remove'>,
  digest: string,
  signal: AbortSignal,
) => Promise<Removal>;

/**
 * Commits that the manifests may go from the repository before `work` decides which do and has them removed. Publications that have begun
 * before that are in the rows that `work` reads, later ones find the removal. It stays open for what the registry did not answer, and
 * for everything where the process dies.
 */
export async function withOpenRemovals<T>(
  db: Database,
  repository: string,
  digests: readonly string[],
  work: (remove: Remove) => Promise<T>,
): Promise<T> {
  const id = await beginRemovals(db, repository, digests);
  const unanswered = new Set<string>();
  try {
    return await work((registry, digest, signal) =>
      registry.remove(repository, digest, signal, () => unanswered.add(digest)),
    );
  } finally {
    // What cannot be taken back now is forgotten when its time is over.
    await endRemovals(db, id, [...unanswered]).catch(() => undefined);
  }
}

/** By a transaction of its own, before the one that asks the registry: a connection that holds locks waits for no second one. */
async function beginRemovals(db: Database, repository: string, digests: readonly string[]): Promise<string> {
  const id = randomUUID();
  if (digests.length === 0) return id;
  await transact(db, async (tx) => {
    await lockRemovals(tx, repository);
    const at = await databaseNow(tx);
    await tx.deleteFrom('open_removals').where('sent_at', '<=', after(at, -LATE_REQUEST_MS)).execute();
    await tx
      .insertInto('open_removals')
      .values(
        [...new Set(digests)].map((digest) => ({
          ...{ removal_id: id, repository, manifest_digest: digest, sent_at: at },
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
  return id;
}

async function endRemovals(db: Database, id: string, unanswered: readonly string[]): Promise<void> {
  await transact(db, async (tx) => {
    await tx
      .updateTable('open_removals')
      .set({ sent_at: await databaseNow(tx) })
      .where('removal_id', '=', id)
      .execute();
    await tx
      .deleteFrom('open_removals')
      .where('removal_id', '=', id)
      .where(sql<boolean>`manifest_digest <> ALL (${[...unanswered]}::text[])`)
      .execute();
  });
}

/**
 * Raises `removal_unanswered` while a removal of one of the manifests from the repository may still be carried out. For the
 * transaction that notes that they are published there.
 */
export async function requireNoOpenRemoval(
  tx: Tx,
  repository: string,
  digests: readonly string[],
): Promise<void> {
  await lockRemovalsShared(tx, repository);
  const open = await tx
    .selectFrom('open_removals')
    .select((eb) => eb.fn.max('sent_at').as('sentAt'))
    .where('repository', '=', repository)
    .where('manifest_digest', 'in', digests)
    .where('sent_at', '>', after(await databaseNow(tx), -LATE_REQUEST_MS))
    .executeTakeFirst();
  if (!open?.sentAt) return;
  const until = after(open.sentAt, LATE_REQUEST_MS).toISOString().slice(11, 19);
  throw new KilnError('removal_unanswered', {
    message: `A removal of the same image from ${repository} was not answered and may still be carried out; publishing waits until ${until} UTC.`,
  });
}
