import { sql } from 'kysely';
import { parseId } from '../../domain/ids.js';
import type { Build, BuildFilter, Page } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import { decodeCursor, isAfter, type Keyset, toPage } from '../cursor.js';
import type { Database, Tx } from '../database.js';
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
    const chosen = (await choose(tx, filter, after).execute()).map(({ id }) => id);
    const rows = await buildQuery(tx)
      .where(sql<boolean>`b.id = ANY(${chosen}::uuid[])`)
      .orderBy('b.created_at', 'desc')
      .orderBy('b.id', 'desc')
      .execute();
    return toPage(rows, filter.limit, (row) => toBuild(row));
  });
}

/**
 * The builds of a page, and one more. By a statement of its own, before anything is joined to them: whatever a planner thinks of so many joins, they are made for these
 * alone, and each filter has an index in the order of the list.
 */
function choose(tx: Tx, filter: BuildFilter, after: Keyset | null) {
  const { projectId, number, status, gateStatus, branch, method, commit } = filter;
  let query = tx.selectFrom('builds as b').select('b.id');
  if (projectId !== null) query = query.where('b.project_id', '=', parseId(projectId));
  if (number !== null) query = query.where('b.build_number', '=', number);
  if (status !== null) query = query.where('b.status', '=', status);
  if (filter.whatIfs === 'without') query = query.where('b.what_if', 'is', null);
  // Of the two columns this one has an index.
  if (filter.whatIfs === 'only') query = query.where('b.what_if_of_build_id', 'is not', null);
  if (branch !== null) query = query.where('b.branch', '=', branch);
  if (method !== null) query = query.where('b.build_method', '=', method);
  if (commit !== null) query = query.where(startsWith('b.git_commit', commit));
  const limit = filter.limit + 1;
  if (gateStatus !== null) {
    // Of its own index: the times are those of the builds.
    const gated = query
      .innerJoin('build_gates as g', 'g.build_id', 'b.id')
      .where('g.gate_status', '=', gateStatus)
      .orderBy('g.build_created_at', 'desc')
      .orderBy('g.build_id', 'desc')
      .limit(limit);
    return after === null ? gated : gated.where(isAfter('g', after, ['build_created_at', 'build_id']));
  }
  if (after !== null) query = query.where(isAfter('b', after));
  return query.orderBy('b.created_at', 'desc').orderBy('b.id', 'desc').limit(limit);
}

/** By comparisons, which an index answers under row-level security too: LIKE is not trusted with rows of others. */
function startsWith(column: string, digits: string) {
  const text = sql`${sql.ref(column)} COLLATE "C"`;
  return sql<boolean>`${text} >= ${digits} AND ${text} < ${digits} || 'g'`;
}
