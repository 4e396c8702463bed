import type { ContentIndex } from '../../ports/contents.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { noteLostContent } from '../sboms/note-lost.js';
import { expireContents, listsOfOpenBuilds, tenantsWithExpired } from './expire-contents.js';
import { needContents } from './need-contents.js';
import { storeContents } from './store-contents.js';

/** Which contents tenants have. Works under the role kiln_api. */
export function createContentIndex(db: Database): ContentIndex {
  return {
    need: (tenant, contents) => needContents(db, tenant, contents),
    store: (tenant, contents, place) => storeContents(db, tenant, contents, place),
    find: (tenant, sha256) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('contents')
          .select(['size_bytes', 'stored_at'])
          .where('sha256', '=', sha256)
          .executeTakeFirst();
        return row === undefined
          ? null
          : { sha256, sizeBytes: row.size_bytes, isStored: row.stored_at !== null };
      }),
    forget: (tenant, sha256) =>
      inTenant(db, tenant.tenantId, (tx) => noteLostContent(tx, tenant.tenantId, sha256)),
    tenantsWithExpired: (keepMs) => tenantsWithExpired(db, keepMs),
    listsOfOpenBuilds: (tenantId) => listsOfOpenBuilds(db, tenantId),
    expire: (tenantId, keepMs, limit, remove) => expireContents(db, tenantId, keepMs, limit, remove),
  };
}
