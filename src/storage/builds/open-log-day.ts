import { sql } from 'kysely';
import type { Database } from '../database.js';
import { asStorageError } from '../errors.js';
import { databaseNow, utcDay } from '../times.js';

/**
 * Today (UTC, YYYY-MM-DD) with the log's partition of that day. To be called before the transaction that stores the build, so that
 * the lock on the log is held for a moment only.
 */
export async function openLogDay(db: Database): Promise<string> {
  try {
    const day = utcDay(await databaseNow(db));
    await sql`SELECT ensure_log_partition(${day}::date)`.execute(db);
    return day;
  } catch (error) {
    throw asStorageError(error);
  }
}
