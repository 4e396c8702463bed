import { KilnError } from '../../domain/errors.js';
import type { ManifestFacts } from '../../ports/images.js';
import type { Tx } from '../database.js';
import { findImage } from './find-image.js';
import { readImageLayers } from './read-layers.js';

/** See ImageStore.manifest. */
export async function readManifest(
  tx: Tx,
  reference: string,
  platform: string | null,
): Promise<ManifestFacts> {
  const id = await manifestOf(tx, await findImage(tx, reference), platform);
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
      'e.packages',
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
    packages: row.packages,
  };
}

async function manifestOf(tx: Tx, imageId: string, platform: string | null): Promise<string> {
  const rows = await tx
    .selectFrom('images as t')
    .leftJoin('image_platforms as p', 'p.index_image_id', 't.id')
    .innerJoin('image_metadata as m', (join) =>
      join.on((eb) => eb('m.image_id', '=', eb.fn.coalesce('p.image_id', 't.id'))),
    )
    .select(['m.image_id', (eb) => eb.fn.coalesce('p.platform', 'm.platform').as('platform')])
    .where('t.id', '=', imageId)
    .orderBy('p.position')
    .execute();
  const found = rows.find((row) => platform === null || row.platform === platform);
  if (found !== undefined) return found.image_id;
  const known = rows.flatMap((row) => row.platform ?? []).join(', ');
  const fix = 'Give one of its platforms, or none for the first of them.';
  throw new KilnError('not_found', {
    message: `The image is not for ${platform}; it ${known === '' ? 'names no platform' : `is for ${known}`}.`,
    fix,
  });
}

function baseOf(layers: ManifestFacts['layers']): string | null {
  const base = layers.find((layer) => layer.is_base_layer === true && layer.base_image_name !== null);
  if (base === undefined) return null;
  const tag = base.base_image_tag === null ? '' : `:${base.base_image_tag}`;
  const digest = base.base_image_digest === null ? '' : `@${base.base_image_digest}`;
  return `${base.base_image_name}${tag}${digest}`;
}
