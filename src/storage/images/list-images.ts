import { sql } from 'kysely';
import type { Image } from '../../contracts/images.js';
import type { ImageStore } from '../../ports/images.js';
import type { Page } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import { decodeCursor, type Keyset, toPage } from '../cursor.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { imageQuery, toImage } from './image-query.js';

/** See ImageStore.list: the one that was built last comes first. The images of an index stand for themselves only where a build has made them so; those of what-ifs were never published. */
export async function listImages(
  db: Database,
  tenant: TenantContext,
  filter: Parameters<ImageStore['list']>[1],
): Promise<Page<Image>> {
  const after = decodeCursor(filter.cursor);
  return inTenant(db, tenant.tenantId, async (tx) => {
    const chosen = (await choose(tx, filter, after).execute()).map(({ id }) => id);
    const rows = await imageQuery(tx)
      .where(sql<boolean>`i.id = ANY(${chosen}::uuid[])`)
      .orderBy('i.last_built_at', 'desc')
      .orderBy('i.id', 'desc')
      .execute();
    return toPage(rows, filter.limit, toImage, (row) => row.last_built_at);
  });
}

/**
 * The images of a page, and one more, before anything is joined to them. No condition is an EXISTS, for which a planner may read all builds of
 * the tenant first.
 */
function choose(tx: Tx, filter: Parameters<ImageStore['list']>[1], after: Keyset | null) {
  let query = tx
    .selectFrom('images as i')
    .select('i.id')
    .where(
      sql<boolean>`((SELECT true FROM image_platforms o WHERE o.image_id = i.id LIMIT 1) IS NULL
        OR (SELECT true FROM builds o WHERE o.image_id = i.id LIMIT 1) IS NOT NULL)`,
    )
    // What a what-if has made is never published.
    .where(sql<boolean>`(SELECT w.what_if IS NULL FROM builds w WHERE w.id = i.last_build_id) IS NOT FALSE`);
  if (filter.projectId !== null) query = query.where('i.project_id', '=', filter.projectId);
  if (after !== null)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('i.last_built_at', 'i.id'), '<', tuple(after.createdAt, after.id)),
    );
  return query
    .orderBy('i.last_built_at', 'desc')
    .orderBy('i.id', 'desc')
    .limit(filter.limit + 1);
}
