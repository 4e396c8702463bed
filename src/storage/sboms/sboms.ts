import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { MadeSbom, Sboms } from '../../ports/sboms.js';
import type { Explored } from '../../ports/explorations.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyImage } from '../notify.js';
import { storableOrNull, storableText } from '../storable.js';
import { databaseNow } from '../times.js';
import { heldManifests } from './held-manifests.js';
import { installedByDpkg } from './installed-by-dpkg.js';
import { savePackages } from './save-packages.js';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Bills of materials as the controller makes them. Needs the role kiln_controller. */
export function createSboms(db: Database): Sboms {
  return {
    manifestsOf: (image) => heldManifests(db, image),
    read: async (tenantId, digest) => {
      const row = await inTenant(db, tenantId, (tx) =>
        tx
          .selectFrom('image_sboms')
          .select('cyclonedx')
          .where('tenant_id', '=', tenantId)
          .where('manifest_digest', '=', digest)
          .executeTakeFirst(),
      );
      return row?.cyclonedx == null ? null : unpack(row.cyclonedx);
    },
    installedByDpkg: (tenantId, digest) => installedByDpkg(db, tenantId, digest),
    save: (tenantId, digest, sbom) => saveSbom(db, tenantId, digest, sbom),
  };
}

async function saveSbom(
  db: Database,
  tenantId: string,
  digest: string,
  sbom: Explored<MadeSbom>,
): Promise<void> {
  const manifest = { tenant_id: tenantId, manifest_digest: digest };
  const found =
    'failureReason' in sbom
      ? { failure_reason: storableText(sbom.failureReason) }
      : {
          failure_reason: null,
          tool: sbom.tool,
          note: storableOrNull(sbom.note),
          cyclonedx: await pack(sbom.cyclonedx),
          spdx: await pack(sbom.spdx),
        };
  await inTenant(db, tenantId, async (tx) => {
    const row = { ...found, ended_at: await databaseNow(tx) };
    const saved = await tx
      .insertInto('image_sboms')
      .values({ ...manifest, ...row })
      .onConflict((conflict) =>
        conflict
          .columns(['tenant_id', 'manifest_digest'])
          .doUpdateSet(row)
          .where('image_sboms.failure_reason', 'is not', null),
      )
      .returning('manifest_digest')
      .executeTakeFirst();
    // One that was made before stays, with its packages.
    if (saved === undefined) return;
    if (!('failureReason' in sbom)) await savePackages(tx, manifest, sbom.packages, 'sbom');
    await notifyImage(tx, digest);
  });
}
