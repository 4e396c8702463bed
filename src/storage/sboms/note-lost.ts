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
  const { tenant_id: tenantId } = await tx
    .selectFrom('images')
    .select('tenant_id')
    .where('id', '=', imageId)
    .executeTakeFirstOrThrow();
  const isFirst = await noteLost(tx, tenantId, sha256);
  if (isFirst) await makeAgain(tx, imageId);
  return isFirst;
}

/**
 * Bytes of a tenant are lost, whatever they are of. Whoever is the first to say so has the bills of materials made again that they belong
 * to; that of a platform with the index that was built last.
 */
export async function noteLostContent(tx: Tx, tenantId: string, sha256: string): Promise<void> {
  if (!(await noteLost(tx, tenantId, sha256))) return;
  const { rows } = await sql<{ id: string }>`
    SELECT DISTINCT ON (m.manifest_digest) t.id FROM image_sboms s
    JOIN images m ON m.tenant_id = s.tenant_id AND m.manifest_digest = s.manifest_digest
    LEFT JOIN image_platforms p ON p.image_id = m.id JOIN images t ON t.id = coalesce(p.index_image_id, m.id)
    WHERE s.tenant_id = ${tenantId} AND ${sha256} IN (s.cyclonedx_sha256, s.spdx_sha256)
    ORDER BY m.manifest_digest, t.last_built_at DESC`.execute(tx);
  for (const { id } of rows) await makeAgain(tx, id);
}

async function noteLost(tx: Tx, tenantId: string, sha256: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('contents')
    .set({ stored_at: null })
    .where('tenant_id', '=', tenantId)
    .where('sha256', '=', sha256)
    .where('stored_at', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Has the bills of materials of an image made that there are none of. */
export async function makeAgain(tx: Tx, imageId: string): Promise<void> {
  const image = await tx
    .selectFrom('images')
    .select(['tenant_id as tenantId', 'project_id as projectId', 'manifest_digest as digest'])
    .select('last_build_id as buildId')
    .where('id', '=', imageId)
    .executeTakeFirstOrThrow();
  await putOutbox(tx, image.tenantId, { kind: 'explore_image', ...image });
  await notifyImage(tx, image.digest);
}
