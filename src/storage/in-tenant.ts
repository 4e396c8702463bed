import { sql } from 'kysely';
import type { Database, Tx } from './database.js';
import { snapshot, transact } from './transact.js';

/** Runs `work` in one transaction that sees the rows of this tenant only (row-level security). */
export async function inTenant<T>(db: Database, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(db, (tx) => asTenant(tx, tenantId, work));
}

/** The same for work that only reads: all of its statements see the database as it was at one moment, so that what they tell fits together. */
export async function readInTenant<T>(
  db: Database,
  tenantId: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return snapshot(db, (tx) => asTenant(tx, tenantId, work));
}

async function asTenant<T>(tx: Tx, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  await sql`SELECT set_config('kiln.tenant', ${tenantId}, true)`.execute(tx);
  return work(tx);
}
