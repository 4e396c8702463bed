import type { ImagePackage, PackagesFoundBy } from '../../domain/packages/image-package.js';
import type { Tx } from '../database.js';
import { storableOrNull, storableText } from '../storable.js';

/** Under the number of parameters that a statement of PostgreSQL takes. */
const ROWS_AT_ONCE = 2_000;

/**
 * Writes what is installed in a manifest: the one list that everything else counts, searches and compares. What a bill of materials has told
 * stays when the layers are looked into after it.
 */
export async function savePackages(
  tx: Tx,
  manifest: { readonly tenant_id: string; readonly manifest_digest: string },
  packages: readonly ImagePackage[],
  foundBy: PackagesFoundBy,
): Promise<void> {
  await lockManifest(tx, manifest);
  const ofManifest = tx
    .selectFrom('image_package_lists')
    .select('found_by')
    .where('tenant_id', '=', manifest.tenant_id)
    .where('manifest_digest', '=', manifest.manifest_digest);
  const known = await ofManifest.executeTakeFirst();
  if (known?.found_by === 'sbom' && foundBy === 'layers') return;
  await tx
    .deleteFrom('image_package_lists')
    .where('tenant_id', '=', manifest.tenant_id)
    .where('manifest_digest', '=', manifest.manifest_digest)
    .execute();
  await tx
    .insertInto('image_package_lists')
    .values({ ...manifest, found_by: foundBy, packages_count: packages.length })
    .execute();
  for (let start = 0; start < packages.length; start += ROWS_AT_ONCE) {
    await tx
      .insertInto('image_packages')
      .values(
        packages.slice(start, start + ROWS_AT_ONCE).map((one, index) => ({
          ...manifest,
          position: start + index + 1,
          package_name: storableText(one.name),
          package_version: storableText(one.version),
          package_type: storableText(one.type),
          source_name: storableOrNull(one.sourceName),
          purl: storableOrNull(one.purl),
        })),
      )
      .execute();
  }
  await tx
    .updateTable('image_metadata')
    .set({ packages_count: packages.length })
    .where('tenant_id', '=', manifest.tenant_id)
    .where('docker_manifest_digest', '=', manifest.manifest_digest)
    .execute();
}

/** A build that records the same image at this moment comes before or after, never between. */
async function lockManifest(
  tx: Tx,
  manifest: { readonly tenant_id: string; readonly manifest_digest: string },
): Promise<void> {
  await tx
    .selectFrom('image_explorations')
    .select('state')
    .where('tenant_id', '=', manifest.tenant_id)
    .where('manifest_digest', '=', manifest.manifest_digest)
    .forUpdate()
    .execute();
}
