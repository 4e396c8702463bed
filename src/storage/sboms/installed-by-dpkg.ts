import type { Sboms } from '../../ports/sboms.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';

/** See Sboms.installedByDpkg. */
export async function installedByDpkg(
  db: Database,
  tenantId: string,
  digest: string,
): ReturnType<Sboms['installedByDpkg']> {
  const rows = await inTenant(db, tenantId, (tx) =>
    tx
      .selectFrom('image_package_lists as l')
      .innerJoin('image_packages as p', (join) =>
        join.onRef('p.tenant_id', '=', 'l.tenant_id').onRef('p.manifest_digest', '=', 'l.manifest_digest'),
      )
      .select(['p.package_name as name', 'p.package_version as version'])
      .where('l.tenant_id', '=', tenantId)
      .where('l.manifest_digest', '=', digest)
      .where('l.found_by', '=', 'layers')
      .where('p.package_type', '=', 'deb')
      .execute(),
  );
  return rows.length === 0 ? null : rows;
}
