import type { Image } from '../../contracts/images.js';
import type { ImageStore } from '../../ports/images.js';
import type { Page } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import { decodeCursor, toPage } from '../cursor.js';
import type { Database } from '../database.js';
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
    let query = imageQuery(tx).where(({ exists, not, or, selectFrom }) =>
      or([
        not(
          exists(selectFrom('image_platforms as o').select('o.image_id').whereRef('o.image_id', '=', 'i.id')),
        ),
        exists(selectFrom('builds as o').select('o.id').whereRef('o.image_id', '=', 'i.id')),
      ]),
    );
    query = query.where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('builds as w')
            .select('w.id')
            .whereRef('w.id', '=', 'i.last_build_id')
            .where('w.what_if', 'is not', null),
        ),
      ),
    );
    if (filter.projectId !== null) query = query.where('i.project_id', '=', filter.projectId);
    if (after !== null)
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('i.last_built_at', 'i.id'), '<', tuple(after.createdAt, after.id)),
      );
    const rows = await query
      .orderBy('i.last_built_at', 'desc')
      .orderBy('i.id', 'desc')
      .limit(filter.limit + 1)
      .execute();
    return toPage(rows, filter.limit, toImage, (row) => row.last_built_at);
  });
}
