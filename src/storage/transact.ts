import { asStorageError, isRepeatable } from './errors.js';
import type { Database, Tx } from './database.js';

const TRIES = 4;

/**
 * Runs `work` in one transaction. A deadlock or serialization failure runs it again; a lost or refused connection is
 * raised as `unavailable`: whether the commit happened is then unknown, so every caller's work may be repeated.
 */
export async function transact<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt < TRIES && isRepeatable(error)) continue;
      throw asStorageError(error);
    }
  }
}
