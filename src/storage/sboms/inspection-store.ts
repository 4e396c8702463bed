import type { InspectionStore } from '../../ports/inspections.js';
import type { Database } from '../database.js';
import { findImage } from '../images/find-image.js';
import { findManifest } from '../images/find-manifest.js';
import { inTenant } from '../in-tenant.js';
import { findPackages } from './find-packages.js';
import { readSbom } from './read-sbom.js';
import { readScan } from './read-scan.js';

/** Bills of materials, packages and scans as the api reads them; every call is one transaction of the tenant. */
export function createInspectionStore(db: Database): InspectionStore {
  return {
    sbom: (tenant, image, format) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const { digest } = await findManifest(tx, await findImage(tx, image.reference), image.platform);
        return { digest, document: await readSbom(tx, digest, format) };
      }),
    findPackages: (tenant, query, page) =>
      inTenant(db, tenant.tenantId, (tx) => findPackages(tx, query, page)),
    scan: (tenant, image) =>
      inTenant(db, tenant.tenantId, async (tx) =>
        readScan(tx, await findManifest(tx, await findImage(tx, image.reference), image.platform)),
      ),
  };
}
