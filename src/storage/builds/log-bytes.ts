import { KilnError } from '../../domain/errors.js';
import type { ByteRange } from '../../ports/contents.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** Chunks that are in memory at a time. */
const PAGE = 50;

/**
 * The sealed bytes of the log of an attempt, or a range of them, page by page. `not_found` where the rows are not here (any more), or
 * when they end too soon.
 */
export async function* logBytes(
  db: Database,
  tenant: TenantContext,
  { buildId, attempt }: { readonly buildId: string; readonly attempt: number },
  { first, last }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let at = first;
  let after = -1;
  while (at <= last) {
    const rows = await readPage(db, tenant, { buildId, attempt, after, first });
    for (const row of rows) {
      const bytes = row.raw ?? Buffer.from(row.log_content, 'utf8');
      yield bytes.subarray(at - row.offset_bytes, last + 1 - row.offset_bytes);
      at = row.offset_bytes + bytes.length;
      if (at > last) return;
      after = row.chunk;
    }
    if (rows.length === 0) throw new KilnError('not_found', { message: 'The log is not here any more.' });
  }
}

async function readPage(
  db: Database,
  tenant: TenantContext,
  from: {
    readonly buildId: string;
    readonly attempt: number;
    readonly after: number;
    readonly first: number;
  },
) {
  return inTenant(db, tenant.tenantId, (tx) =>
    tx
      .selectFrom('build_logs as l')
      .innerJoin('builds as b', (join) =>
        join.onRef('b.id', '=', 'l.build_id').onRef('b.build_day', '=', 'l.build_day'),
      )
      .select(['l.chunk', 'l.offset_bytes', 'l.log_content', 'l.raw'])
      .where('l.build_id', '=', from.buildId)
      .where('l.attempt', '=', from.attempt)
      .where('l.chunk', '>', from.after)
      .where(({ eb }) => eb(eb('l.offset_bytes', '+', eb.ref('l.size_bytes')), '>', from.first))
      .orderBy('l.chunk')
      .limit(PAGE)
      .execute(),
  );
}
