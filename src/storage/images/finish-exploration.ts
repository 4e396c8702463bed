import { sql } from 'kysely';
import type { ImageContents } from '../../domain/images/exploration.js';
import type { Explored } from '../../ports/explorations.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyImage } from '../notify.js';
import { savePackages } from '../sboms/save-packages.js';
import { storableOrNull, storableText } from '../storable.js';
import { databaseNow } from '../times.js';

interface Manifest {
  readonly tenant_id: string;
  readonly manifest_digest: string;
}

/** See Explorations.finish. */
export async function finishExploration(
  db: Database,
  tenantId: string,
  manifestDigest: string,
  contents: Explored<ImageContents>,
): Promise<void> {
  const manifest = { tenant_id: tenantId, manifest_digest: manifestDigest };
  await inTenant(db, tenantId, async (tx) => {
    if (!(await isPending(tx, manifest))) return;
    if ('failureReason' in contents) await end(tx, manifest, failed(contents.failureReason));
    else await saveContents(tx, manifest, contents);
    await notifyImage(tx, manifestDigest);
  });
}

/** See Explorations.giveUp. */
export async function giveUpExploration(
  db: Database,
  tenantId: string,
  digest: string,
  reason: string,
): Promise<void> {
  await forEachPending(db, tenantId, digest, async (tx, manifest) => {
    await end(tx, manifest, { ...failed(reason), is_retryable: true });
    await notifyImage(tx, manifest.manifest_digest);
  });
}

/** See Explorations.noteFailedTry. */
export async function noteFailedTry(
  db: Database,
  tenantId: string,
  digest: string,
  reason: string,
): Promise<void> {
  await forEachPending(db, tenantId, digest, async (tx, manifest) => {
    await tx
      .updateTable('image_explorations')
      .set({ failure_reason: storableText(reason) })
      .where('tenant_id', '=', manifest.tenant_id)
      .where('manifest_digest', '=', manifest.manifest_digest)
      .execute();
  });
}

/** The image, and those of its platforms that nothing became of yet. */
async function forEachPending(
  db: Database,
  tenantId: string,
  digest: string,
  work: (tx: Tx, manifest: Manifest) => Promise<void>,
): Promise<void> {
  await inTenant(db, tenantId, async (tx) => {
    const children = await tx
      .selectFrom('images as i')
      .innerJoin('image_platforms as p', 'p.index_image_id', 'i.id')
      .innerJoin('images as m', 'm.id', 'p.image_id')
      .select('m.manifest_digest')
      .distinct()
      .where('i.manifest_digest', '=', digest)
      .where('i.tenant_id', '=', tenantId)
      .orderBy('m.manifest_digest')
      .execute();
    for (const { manifest_digest } of [{ manifest_digest: digest }, ...children]) {
      const manifest = { tenant_id: tenantId, manifest_digest };
      if (await isPending(tx, manifest)) await work(tx, manifest);
    }
  });
}

/** Locks the row: a build that records the same image at this moment comes before or after, never between. */
export async function isPending(tx: Tx, manifest: Manifest): Promise<boolean> {
  const row = await tx
    .selectFrom('image_explorations')
    .select('state')
    .where('tenant_id', '=', manifest.tenant_id)
    .where('manifest_digest', '=', manifest.manifest_digest)
    .forUpdate()
    .executeTakeFirst();
  return row?.state === 'pending';
}

export function failed(reason: string) {
  return { state: 'failed' as const, failure_reason: storableText(reason) };
}

export async function end(
  tx: Tx,
  manifest: Manifest,
  found: {
    state: 'explored' | 'failed';
    failure_reason?: string;
    is_retryable?: boolean;
    note?: string | null;
    unpacked_size_bytes?: number | null;
    file_size_bytes?: number;
    wasted_bytes?: number;
  },
): Promise<void> {
  await tx
    .updateTable('image_explorations')
    .set({ failure_reason: null, ...found, ended_at: await databaseNow(tx) })
    .where('tenant_id', '=', manifest.tenant_id)
    .where('manifest_digest', '=', manifest.manifest_digest)
    .execute();
}

async function saveContents(tx: Tx, manifest: Manifest, contents: ImageContents): Promise<void> {
  const { layers, packages, unpackedSizeBytes } = contents;
  await end(tx, manifest, {
    state: 'explored',
    note: storableOrNull(contents.note),
    unpacked_size_bytes: unpackedSizeBytes,
    file_size_bytes: layers.reduce((sum, layer) => sum + layer.fileSizeBytes, 0),
    wasted_bytes: layers.reduce((sum, layer) => sum + layer.wastedBytes, 0),
  });
  if (layers.length > 0) {
    await tx
      .insertInto('explored_layers')
      .values(
        layers.map((layer) => ({
          ...manifest,
          layer_number: layer.number,
          files_added: layer.filesAdded,
          files_changed: layer.filesChanged,
          files_removed: layer.filesRemoved,
          file_size_bytes: layer.fileSizeBytes,
          wasted_bytes: layer.wastedBytes,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['tenant_id', 'manifest_digest', 'layer_number']).doNothing(),
      )
      .execute();
  }
  await tellImages(tx, manifest, unpackedSizeBytes);
  if (packages !== null) await savePackages(tx, manifest, packages, 'layers');
}

/** What is known now of all images of the digest goes to their rows, and to the builds that made them. */
export async function tellImages(
  tx: Tx,
  { tenant_id, manifest_digest }: Manifest,
  unpackedSizeBytes: number,
): Promise<void> {
  await tx
    .updateTable('image_metadata')
    .set({ uncompressed_size_bytes: unpackedSizeBytes })
    .where('tenant_id', '=', tenant_id)
    .where('docker_manifest_digest', '=', manifest_digest)
    .execute();
  if (unpackedSizeBytes === 0) return;
  await sql`UPDATE build_metrics SET compression_ratio = final_image_size_bytes::numeric / ${unpackedSizeBytes}::bigint
      WHERE tenant_id = ${tenant_id} AND final_image_size_bytes IS NOT NULL AND build_id IN (
        SELECT b.id FROM builds b JOIN images i ON i.id = b.image_id
        WHERE b.tenant_id = ${tenant_id} AND i.manifest_digest = ${manifest_digest})`.execute(tx);
}
