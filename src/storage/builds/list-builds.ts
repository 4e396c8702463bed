import { parseId } from '../../domain/ids.js';
import type { Build, BuildFilter, Page } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import { decodeCursor, toPage } from '../cursor.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { buildQuery, toBuild } from './read-build.js';

/** Newest first; builds that are accepted meanwhile do not shift the pages. */
export async function listBuilds(
  db: Database,
  tenant: TenantContext,
  filter: BuildFilter,
): Promise<Page<Build>> {
  const after = decodeCursor(filter.cursor);
  return inTenant(db, tenant.tenantId, async (tx) => {
    let query = buildQuery(tx);
    if (filter.projectId !== null) query = query.where('b.project_id', '=', parseId(filter.projectId));
    if (filter.number !== null) query = query.where('b.build_number', '=', filter.number);
    if (filter.status !== null) query = query.where('b.status', '=', filter.status);
    if (filter.gateStatus !== null) query = query.where('g.gate_status', '=', filter.gateStatus);
    if (filter.withoutWhatIfs === true) query = query.where('b.what_if', 'is', null);
    if (after !== null) {
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('b.created_at', 'b.id'), '<', tuple(after.createdAt, after.id)),
      );
    }
    const rows = await query
      .orderBy('b.created_at', 'desc')
      .orderBy('b.id', 'desc')
      .limit(filter.limit + 1)
      .execute();
    return toPage(rows, filter.limit, (row) => toBuild(row));
  });
}
