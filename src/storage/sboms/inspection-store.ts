import { KilnError } from '../../domain/errors.js';
import type { InspectionStore } from '../../ports/inspections.js';
import type { Database } from '../database.js';
import { findImage } from '../images/find-image.js';
import { findManifest } from '../images/find-manifest.js';
import { inTenant } from '../in-tenant.js';
import { findPackages } from './find-packages.js';
import { findSbom } from './find-sbom.js';
import { noteLostSbom } from './note-lost.js';
import { readScan } from './read-scan.js';

/** Bills of materials, packages and scans as the api reads them; every call is one transaction of the tenant. */
export function createInspectionStore(db: Database): InspectionStore {
  return {
    sbom: (tenant, image, format) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const { digest } = await findManifest(tx, await findImage(tx, image.reference), image.platform);
        const found = await findSbom(tx, tenant.tenantId, digest);
        if (found?.documents != null) return { digest, document: found.documents[format] };
        const reason = found?.failureReason ?? null;
        throw new KilnError(
          'sbom_missing',
          reason === null ? {} : { message: `There is no bill of materials of this image: ${reason}` },
        );
      }),
    noteLostSbom: (tenant, imageReference, sha256) =>
      inTenant(db, tenant.tenantId, async (tx) =>
        noteLostSbom(tx, await findImage(tx, imageReference), sha256),
      ),
    findPackages: (tenant, query, page) =>
      inTenant(db, tenant.tenantId, (tx) => findPackages(tx, query, page)),
    scan: (tenant, image) =>
      inTenant(db, tenant.tenantId, async (tx) =>
        readScan(tx, await findManifest(tx, await findImage(tx, image.reference), image.platform)),
      ),
  };
}
