import type { ManifestFacts } from '../../ports/images.js';
import type { Tx } from '../database.js';
import { readPackages } from '../sboms/read-packages.js';
import { findImage } from './find-image.js';
import { findManifest } from './find-manifest.js';
import { readImageLayers } from './read-layers.js';

/** See ImageStore.manifest. */
export async function readManifest(
  tx: Tx,
  reference: string,
  platform: string | null,
): Promise<ManifestFacts> {
  const { id } = await findManifest(tx, await findImage(tx, reference), platform);
  const row = await tx
    .selectFrom('images as i')
    .innerJoin('image_metadata as m', 'm.image_id', 'i.id')
    .leftJoin('image_explorations as e', (join) =>
      join.onRef('e.tenant_id', '=', 'i.tenant_id').onRef('e.manifest_digest', '=', 'i.manifest_digest'),
    )
    .select([
      'i.manifest_digest',
      'm.platform',
      'm.compressed_size_bytes',
      'm.uncompressed_size_bytes',
      'm.entrypoint',
      'm.cmd',
      'm.env_vars',
      'm.working_dir',
      'e.state',
      'e.failure_reason',
    ])
    .where('i.id', '=', id)
    .executeTakeFirstOrThrow();
  const layers = await readImageLayers(tx, id);
  return {
    id,
    manifestDigest: row.manifest_digest,
    compressedSizeBytes: row.compressed_size_bytes,
    uncompressedSizeBytes: row.uncompressed_size_bytes,
    settings: {
      platform: row.platform,
      baseImage: baseOf(layers),
      entrypoint: row.entrypoint,
      cmd: row.cmd,
      workingDir: row.working_dir,
      envVars: row.env_vars ?? [],
    },
    layers,
    state: row.state,
    failureReason: row.failure_reason,
    packages: await readPackages(tx, row.manifest_digest),
  };
}

function baseOf(layers: ManifestFacts['layers']): string | null {
  const base = layers.find((layer) => layer.is_base_layer === true && layer.base_image_name !== null);
  if (base === undefined) return null;
  const tag = base.base_image_tag === null ? '' : `:${base.base_image_tag}`;
  const digest = base.base_image_digest === null ? '' : `@${base.base_image_digest}`;
  return `${base.base_image_name}${tag}${digest}`;
}
