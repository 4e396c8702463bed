import { type InspectedImage, type InspectedManifest, manifestsOf } from '../../domain/builds/outcome.js';
import { splitDestination } from '../../domain/builds/staging.js';
import { sql } from 'kysely';
import type { Tx } from '../database.js';
import type { LockedBuild } from '../dispatch/lock-build.js';
import { storableOrNull, toJson } from '../storable.js';
import { databaseNow } from '../times.js';
import type { LayerCounts } from './insert-metrics.js';
import { countLayers } from './count-layers.js';
import { putOutboxForLater } from '../outbox-row.js';
import { type KnownContents, requestExploration } from '../images/request-exploration.js';
import { tellScan } from '../sboms/tell-scan.js';

/**
 * Image, metadata, layers and tags of a published build, and the same of each platform where it is an index; layers are counted once
 * per build. Needs the build's lock.
 */
export async function saveImage(tx: Tx, build: LockedBuild, image: InspectedImage): Promise<SavedImage> {
  const digest = image.manifestDigest;
  const contents = await requestExplorations(tx, build.tenant_id, image);
  // Under the locks of its manifests, so that builds of one image are recorded in the order of their times.
  const at = await databaseNow(tx);
  const { repository } = splitDestination(build.destinations[0] ?? image.repository);
  const allLayers = manifestsOf(image).flatMap((manifest) => manifest.layers);
  const layers = await countLayers(tx, build.tenant_id, allLayers, at);
  const save = (manifest: InspectedManifest): Promise<string> =>
    saveManifest(
      tx,
      build,
      { ...withContents(manifest, contents), repository, baseImage: image.baseImage },
      at,
    );
  const id = await save(image);
  for (const [index, platformImage] of (image.platformImages ?? []).entries()) {
    await tx
      .insertInto('image_platforms')
      .values({
        tenant_id: build.tenant_id,
        index_image_id: id,
        position: index + 1,
        image_id: await save(platformImage),
        platform: platformImage.platform,
      })
      .onConflict((conflict) => conflict.columns(['index_image_id', 'position']).doNothing())
      .execute();
  }
  await tx
    .updateTable('image_tags')
    .set({ image_id: id })
    .where('build_id', '=', build.id)
    .where('manifest_digest', '=', digest)
    .execute();
  const { project_id: projectId, tenant_id: tenantId } = build;
  const isAwaited = [...contents.values()].some(
    ({ state, is_sbom_wanted }) => state === 'pending' || is_sbom_wanted,
  );
  if (isAwaited)
    await putOutboxForLater(tx, tenantId, {
      kind: 'explore_image',
      buildId: build.id,
      tenantId,
      projectId,
      digest,
    });
  return {
    id,
    url: `${repository}@${digest}`,
    digest,
    layers,
    isAwaited,
    unpackedSizeBytes: withContents(image, contents).uncompressedSizeBytes,
  };
}

/** What the records of a build say of its image. */
export interface SavedImage {
  readonly id: string;
  readonly url: string;
  readonly digest: string;
  readonly layers: LayerCounts;
  /** Whether somebody is still to look into it. */
  readonly isAwaited: boolean;
  /** Null as long as nobody has looked into its layers. */
  readonly unpackedSizeBytes: number | null;
}

type SavedManifest = Explored<InspectedManifest> & Pick<InspectedImage, 'repository' | 'baseImage'>;
type Explored<M extends InspectedManifest> = M & { readonly packagesCount: number | null };

/** In one order for all, so that builds of the same images wait for each other instead of blocking each other. */
async function requestExplorations(
  tx: Tx,
  tenantId: string,
  image: InspectedImage,
): Promise<ReadonlyMap<string, KnownContents>> {
  const manifests = [image, ...(image.platformImages ?? [])].map(({ manifestDigest }) => manifestDigest);
  const contents = new Map<string, KnownContents>();
  for (const digest of [...new Set(manifests)].sort())
    contents.set(digest, await requestExploration(tx, tenantId, digest));
  return contents;
}

function withContents<M extends InspectedManifest>(
  manifest: M,
  contents: ReadonlyMap<string, KnownContents>,
): Explored<M> {
  const known = contents.get(manifest.manifestDigest);
  return {
    ...manifest,
    uncompressedSizeBytes: known?.unpacked_size_bytes ?? manifest.uncompressedSizeBytes,
    packagesCount: known?.packages_count ?? null,
  };
}

/** What a what-if writes over: nothing of an image that was published, and of one that only what-ifs have made that it is there again. */
const ofWhatIf = {
  deleted_at: sql<Date | null>`CASE WHEN EXISTS (SELECT FROM builds w WHERE w.id = images.last_build_id AND w.what_if IS NOT NULL)
    THEN NULL ELSE images.deleted_at END`,
};

async function saveManifest(tx: Tx, build: LockedBuild, image: SavedManifest, at: Date): Promise<string> {
  const { id } = await tx
    .insertInto('images')
    .values({
      tenant_id: build.tenant_id,
      project_id: build.project_id,
      manifest_digest: image.manifestDigest,
      image_repository: image.repository,
      first_build_id: build.id,
      last_build_id: build.id,
      created_at: at,
      last_built_at: at,
    })
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'manifest_digest']).doUpdateSet(
        build.what_if !== null
          ? ofWhatIf
          : {
              // From where it was published before it may be gone.
              image_repository: image.repository,
              last_build_id: build.id,
              last_built_at: at,
              deleted_at: null,
            },
      ),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  await saveMetadata(tx, build.tenant_id, id, image);
  await saveLayers(tx, build.tenant_id, id, image);
  return id;
}

async function saveMetadata(tx: Tx, tenantId: string, imageId: string, image: SavedManifest): Promise<void> {
  await tx
    .insertInto('image_metadata')
    .values({
      tenant_id: tenantId,
      image_id: imageId,
      docker_config_digest: image.configDigest,
      docker_manifest_digest: image.manifestDigest,
      manifest_media_type: image.manifestMediaType,
      platform: image.platform,
      total_layer_count: image.layers.length,
      compressed_size_bytes: image.compressedSizeBytes,
      uncompressed_size_bytes: image.uncompressedSizeBytes,
      packages_count: image.packagesCount,
      entrypoint: image.entrypoint === null ? null : toJson(image.entrypoint),
      cmd: image.cmd === null ? null : toJson(image.cmd),
      env_vars: toJson(image.envVars),
      working_dir: image.workingDir === null ? null : toJson(image.workingDir),
    })
    .onConflict((conflict) => conflict.column('image_id').doNothing())
    .execute();
  await tellScan(tx, tenantId, image.manifestDigest);
}

async function saveLayers(tx: Tx, tenantId: string, imageId: string, image: SavedManifest): Promise<void> {
  if (image.layers.length === 0) return;
  await tx
    .insertInto('image_layers')
    .values(
      image.layers.map((layer) => ({
        tenant_id: tenantId,
        image_id: imageId,
        layer_number: layer.number,
        layer_digest: layer.digest,
        layer_size_bytes: layer.sizeBytes,
        media_type: layer.mediaType,
        is_base_layer: layer.isBaseLayer,
        base_image_name: layer.isBaseLayer === true ? (image.baseImage?.name ?? null) : null,
        base_image_tag: layer.isBaseLayer === true ? (image.baseImage?.tag ?? null) : null,
        created_by: storableOrNull(layer.createdBy),
        step_number: layer.stepNumber,
      })),
    )
    .onConflict((conflict) => conflict.columns(['image_id', 'layer_number']).doNothing())
    .execute();
}

/** Gives the steps of the attempt the layers that the registry's image shows for them. */
export async function mapLayersToSteps(
  tx: Tx,
  buildId: string,
  attempt: number,
  image: InspectedImage,
): Promise<void> {
  const layers = manifestsOf(image).flatMap((manifest) => manifest.layers);
  for (const { stepNumber, digest, sizeBytes } of layers) {
    if (stepNumber === null) continue;
    await tx
      .updateTable('build_steps')
      .set({ layer_digest: digest, layer_size_bytes: sizeBytes })
      .where('build_id', '=', buildId)
      .where('attempt', '=', attempt)
      .where('step_number', '=', stepNumber)
      .where('layer_digest', 'is', null)
      .execute();
  }
}
