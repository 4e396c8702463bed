import { sql } from 'kysely';
import type { Tx } from '../database.js';
import { notifyImage } from '../notify.js';
import { putOutbox } from '../outbox-row.js';

/** Whether bytes of a bill of materials are known to be lost; `row` is what the statement calls `image_sboms`. */
export function isSbomLost(row: string) {
  const column = (name: string) => sql.ref(`${row}.${name}`);
  return sql<boolean>`EXISTS (SELECT FROM contents c WHERE c.tenant_id = ${column('tenant_id')}
    AND c.sha256 IN (${column('cyclonedx_sha256')}, ${column('spdx_sha256')}) AND c.stored_at IS NULL)`;
}

/**
 * Bytes of the bill of materials of an image are lost: they count as that from now on, and whoever is the first to say so has them made
 * again. Gives whether it was the first.
 */
export async function noteLostSbom(tx: Tx, imageId: string, sha256: string): Promise<boolean> {
  const image = await tx
    .selectFrom('images')
    .select(['tenant_id', 'project_id', 'manifest_digest', 'last_build_id'])
    .where('id', '=', imageId)
    .executeTakeFirstOrThrow();
  const { tenant_id: tenantId, project_id: projectId, manifest_digest: digest } = image;
  const { numUpdatedRows } = await tx
    .updateTable('contents')
    .set({ stored_at: null })
    .where('tenant_id', '=', tenantId)
    .where('sha256', '=', sha256)
    .where('stored_at', 'is not', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  const buildId = image.last_build_id;
  await putOutbox(tx, tenantId, { kind: 'explore_image', buildId, tenantId, projectId, digest });
  await notifyImage(tx, digest);
  return true;
}
