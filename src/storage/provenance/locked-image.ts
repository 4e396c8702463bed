import { sql } from 'kysely';
import { timeLimit } from '../../domain/time-limit.js';
import { attachmentTag } from '../../domain/images/attachment-tags.js';
import type { AttachedTo } from '../../ports/attestations.js';
import type { Database } from '../database.js';
import { lockRepositoryShared, lockTag } from '../locks.js';
import { transact } from '../transact.js';

const LOCK_TIMEOUT = '10s';
const TIME_MS = 60_000;

/** See Attestations.locked. The server ends the transaction by itself when this process is gone in the middle of it. */
export async function lockedImage<T>(
  db: Database,
  { repository, digest }: AttachedTo,
  attach: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return transact(db, async (tx) => {
    await sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
      set_config('idle_in_transaction_session_timeout', ${String(TIME_MS + 10_000)}, true)`.execute(tx);
    await lockRepositoryShared(tx, repository);
    await lockTag(tx, repository, attachmentTag(digest, ''));
    return attach(timeLimit(TIME_MS, signal));
  });
}
