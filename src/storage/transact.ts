import { asStorageError, isRepeatable } from './errors.js';
import type { Database, Tx } from './database.js';

const TRIES = 4;

/**
 * Runs `work` in one transaction. A deadlock or serialization failure runs it again; a lost or refused connection is
 * raised as `unavailable`: whether the commit happened is then unknown, so every caller's work may be repeated.
 */
export async function transact<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return repeatable(() => db.transaction().execute(work));
}

/** `transact` for work of many statements that only reads: they see the database as it was at one moment. */
export async function snapshot<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return repeatable(() =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
  );
}

/** `transact` for work of a single statement, which is a transaction by itself. */
export async function single<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  return repeatable(() => work(db));
}

async function repeatable<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt < TRIES && isRepeatable(error)) continue;
      throw asStorageError(error);
    }
  }
}
