import { KilnError } from '../../domain/errors.js';
import type { InspectionStore } from '../../ports/inspections.js';
import type { Database } from '../database.js';
import { findImage } from '../images/find-image.js';
import { findManifest } from '../images/find-manifest.js';
import { inTenant } from '../in-tenant.js';
import { askFor, isTriedSince } from './failed-inspection.js';
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
          reason === null
            ? {}
            : {
                message: `There is no bill of materials of this image: ${reason}`,
                fix: 'Ask with --wait (`wait_for=sbom`): Kiln tries again then, with the next build of the image, and every night for images in use.',
              },
        );
      }),
    noteLostSbom: (tenant, imageReference, sha256) =>
      inTenant(db, tenant.tenantId, async (tx) =>
        noteLostSbom(tx, await findImage(tx, imageReference), sha256),
      ),
    askFor: (tenant, imageReference, what) =>
      inTenant(db, tenant.tenantId, async (tx) => askFor(tx, await findImage(tx, imageReference), what)),
    isTriedSince: (tenant, imageReference, what, time) =>
      inTenant(db, tenant.tenantId, async (tx) =>
        isTriedSince(tx, await findImage(tx, imageReference), what, time),
      ),
    findPackages: (tenant, query, page) =>
      inTenant(db, tenant.tenantId, (tx) => findPackages(tx, query, page)),
    scan: (tenant, image) =>
      inTenant(db, tenant.tenantId, async (tx) =>
        readScan(tx, await findManifest(tx, await findImage(tx, image.reference), image.platform)),
      ),
  };
}
