import type { ImageScan } from '../../contracts/inspections.js';
import { KilnError } from '../../domain/errors.js';
import { countSeverities } from '../../domain/scans/severity.js';
import type { Tx } from '../database.js';
import { isoOrNull } from '../times.js';

/** The newest scan of a manifest. `not_scanned`, with the reason where there is one. */
export async function readScan(
  tx: Tx,
  manifest: { readonly digest: string; readonly platform: string | null },
): Promise<ImageScan> {
  const row = await tx
    .selectFrom('image_scans')
    .select(['scanned_at', 'tool', 'database_version', 'database_built_at', 'failure_reason'])
    .where('manifest_digest', '=', manifest.digest)
    .executeTakeFirst();
  if (row === undefined) throw new KilnError('not_scanned');
  if (row.scanned_at === null || row.tool === null)
    throw new KilnError('not_scanned', { message: `This image was not scanned: ${row.failure_reason}` });
  const items = await tx
    .selectFrom('image_findings')
    .select([
      'vulnerability_id',
      'severity',
      'package_name',
      'package_version',
      'package_type',
      'fixed_version',
      'link',
    ])
    .where('manifest_digest', '=', manifest.digest)
    .orderBy('position')
    .execute();
  return {
    manifest_digest: manifest.digest,
    platform: manifest.platform,
    scanned_at: row.scanned_at.toISOString(),
    tool: row.tool,
    database_version: row.database_version,
    database_built_at: isoOrNull(row.database_built_at),
    failure_reason: row.failure_reason,
    counts: countSeverities(items),
    items,
  };
}
