import { sql } from 'kysely';
import type { Database } from '../database.js';
import { listContents, type StoredContent } from '../verify/stored-values.js';
import { transact } from '../transact.js';

const BATCH = 1_000;

/**
 * Records that the bytes of some contents are not here, so that the next upload sends them again. Gives how many. `isHere` judges one.
 * Needs the administrator's role.
 */
export async function forgetMissing(
  admin: Database,
  isHere: (content: StoredContent) => Promise<boolean>,
): Promise<number> {
  const missing: StoredContent[] = [];
  for (const content of await transact(admin, listContents)) {
    if (!(await isHere(content))) missing.push(content);
  }
  for (let at = 0; at < missing.length; at += BATCH) {
    const batch = missing.slice(at, at + BATCH);
    await sql`
      UPDATE contents c SET stored_at = NULL
      FROM unnest(${batch.map(({ tenantId }) => tenantId)}::uuid[], ${batch.map(({ sha256 }) => sha256)}::char(64)[])
        AS gone (tenant_id, sha256)
      WHERE c.tenant_id = gone.tenant_id AND c.sha256 = gone.sha256`.execute(admin);
  }
  return missing.length;
}
