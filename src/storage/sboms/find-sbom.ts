import type { SbomFormat } from '../../contracts/inspection-operations.js';
import type { Content } from '../../ports/contents.js';
import type { Tx } from '../database.js';

/** What became of the bill of materials of a manifest: its documents, or why there are none. Null where nobody has tried. */
export async function findSbom(
  tx: Tx,
  tenantId: string,
  manifestDigest: string,
): Promise<{ failureReason: string | null; documents: { [Format in SbomFormat]: Content } | null } | null> {
  const row = await tx
    .selectFrom('image_sboms')
    .select(['failure_reason', 'cyclonedx_sha256', 'cyclonedx_size_bytes', 'spdx_sha256', 'spdx_size_bytes'])
    .where('tenant_id', '=', tenantId)
    .where('manifest_digest', '=', manifestDigest)
    .executeTakeFirst();
  if (row === undefined) return null;
  const cyclonedx = contentOf(row.cyclonedx_sha256, row.cyclonedx_size_bytes);
  const spdx = contentOf(row.spdx_sha256, row.spdx_size_bytes);
  return {
    failureReason: row.failure_reason,
    documents: cyclonedx === null || spdx === null ? null : { cyclonedx, spdx },
  };
}

function contentOf(sha256: string | null, sizeBytes: number | null): Content | null {
  return sha256 === null || sizeBytes === null ? null : { sha256, sizeBytes };
}
