import type { Explored } from '../../ports/explorations.js';
import type { Sboms, StoredSbom } from '../../ports/sboms.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyImage } from '../notify.js';
import { storableOrNull, storableText } from '../storable.js';
import { databaseNow } from '../times.js';
import { findSbom } from './find-sbom.js';
import { heldManifests } from './held-manifests.js';
import { installedByDpkg } from './installed-by-dpkg.js';
import { isSbomLost, noteLostSbom } from './note-lost.js';
import { savePackages } from './save-packages.js';

/** Bills of materials as the controller makes them. Needs the role kiln_controller. */
export function createSboms(db: Database): Sboms {
  return {
    manifestsOf: (image) => heldManifests(db, image),
    find: (tenantId, digest) =>
      inTenant(db, tenantId, async (tx) => (await findSbom(tx, tenantId, digest))?.documents ?? null),
    installedByDpkg: (tenantId, digest) => installedByDpkg(db, tenantId, digest),
    save: (tenantId, digest, sbom) => saveSbom(db, tenantId, digest, sbom),
    noteLost: ({ tenantId, projectId, digest }, sha256) =>
      inTenant(db, tenantId, async (tx) => {
        const image = await tx
          .selectFrom('images')
          .select('id')
          .where('project_id', '=', projectId)
          .where('manifest_digest', '=', digest)
          .executeTakeFirst();
        if (image !== undefined) await noteLostSbom(tx, image.id, sha256);
      }),
  };
}

const NO_DOCUMENTS = {
  tool: null,
  note: null,
  cyclonedx_sha256: null,
  cyclonedx_size_bytes: null,
  spdx_sha256: null,
  spdx_size_bytes: null,
};

async function saveSbom(
  db: Database,
  tenantId: string,
  digest: string,
  sbom: Explored<StoredSbom>,
): Promise<void> {
  const manifest = { tenant_id: tenantId, manifest_digest: digest };
  const isFailure = 'failureReason' in sbom;
  const found = isFailure
    ? { ...NO_DOCUMENTS, failure_reason: storableText(sbom.failureReason) }
    : {
        failure_reason: null,
        tool: sbom.tool,
        note: storableOrNull(sbom.note),
        cyclonedx_sha256: sbom.cyclonedx.sha256,
        cyclonedx_size_bytes: sbom.cyclonedx.sizeBytes,
        spdx_sha256: sbom.spdx.sha256,
        spdx_size_bytes: sbom.spdx.sizeBytes,
      };
  await inTenant(db, tenantId, async (tx) => {
    const row = { ...found, ended_at: await databaseNow(tx) };
    await tx
      .insertInto('image_sboms')
      .values({ ...manifest, ...row })
      .onConflict((conflict) => {
        const update = conflict.columns(['tenant_id', 'manifest_digest']).doUpdateSet(row);
        return isFailure
          ? update.where(({ or, eb }) =>
              or([eb('image_sboms.failure_reason', 'is not', null), isSbomLost('image_sboms')]),
            )
          : update;
      })
      .execute();
    if (!isFailure) await savePackages(tx, manifest, sbom.packages, 'sbom');
    await notifyImage(tx, digest);
  });
}
