import { sql } from 'kysely';
import type { Database, Tx } from './database.js';
import { transact } from './transact.js';

/** Runs `work` in one transaction that sees the rows of this tenant only (row-level security). */
export async function inTenant<T>(db: Database, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(db, async (tx) => {
    await sql`SELECT set_config('kiln.tenant', ${tenantId}, true)`.execute(tx);
    return work(tx);
  });
}
