import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Content } from '../../ports/contents.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** See ContentIndex.store. The rows' locks keep an expiry of the same bytes out until the commit. */
export async function storeContents(
  db: Database,
  tenant: TenantContext,
  contents: readonly Content[],
  place: () => Promise<void>,
): Promise<void> {
  if (contents.length === 0) return;
  await inTenant(db, tenant.tenantId, async (tx) => {
    const digests = contents.map(({ sha256 }) => sha256);
    const { rows } = await sql<{ sha256: string; size_bytes: number }>`
        SELECT sha256, size_bytes FROM contents WHERE sha256 = ANY(${digests}::char(64)[])
        ORDER BY sha256 FOR UPDATE`.execute(tx);
    const sizes = new Map(rows.map((row) => [row.sha256, row.size_bytes]));
    const stranger = contents.find(({ sha256, sizeBytes }) => sizes.get(sha256) !== sizeBytes);
    if (stranger !== undefined) {
      throw new KilnError('invalid_request', {
        fields: [
          {
            field: 'digest',
            message: `no list asks for ${stranger.sha256} with ${stranger.sizeBytes} bytes: PUT the list first`,
          },
        ],
      });
    }
    await place();
    await sql`UPDATE contents SET stored_at = now(), last_needed_at = now()
              WHERE sha256 = ANY(${digests}::char(64)[])`.execute(tx);
  });
}
