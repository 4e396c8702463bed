import type { KnownPackages } from '../../domain/images/compare-packages.js';
import type { Tx } from '../database.js';

/** The packages of a manifest, by name; null where they are not known. */
export async function readPackages(tx: Tx, manifestDigest: string): Promise<KnownPackages | null> {
  const list = await tx
    .selectFrom('image_package_lists')
    .select('found_by')
    .where('manifest_digest', '=', manifestDigest)
    .executeTakeFirst();
  if (list === undefined) return null;
  const packages = await tx
    .selectFrom('image_packages')
    .select(['package_name as name', 'package_version as version', 'package_type as type'])
    .where('manifest_digest', '=', manifestDigest)
    .orderBy('position')
    .execute();
  return { foundBy: list.found_by, packages };
}
