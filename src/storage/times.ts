import { type RawBuilder, sql } from 'kysely';
import type { Database, Tx } from './database.js';

/** The database's clock now. Read after locks are held, so that the order of events and of their times agree. */
export async function databaseNow(db: Database | Tx): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`SELECT clock_timestamp()::timestamptz(3) AS at`.execute(db);
  const [row] = rows;
  return row === undefined ? new Date() : row.at;
}

/** The same within a statement that needs it for nothing else; of a row whose lock is held. */
export const NOW: RawBuilder<Date> = sql<Date>`clock_timestamp()::timestamptz(3)`;

/** ISO 8601 UTC, null kept. */
export function isoOrNull(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

/** A moment `ms` after another. */
export function after(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

/** UTC day as YYYY-MM-DD. */
export function utcDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}
