import { KilnError } from '../../domain/errors.js';
import type { InspectedImage, InspectedLayer } from '../../domain/builds/outcome.js';
import type { Repository } from '../../ports/image-registry.js';
import type { RegistryClient } from './client.js';
import { readConfig, type ImageConfig, type ImageIndex, type ImageManifest } from './manifest.js';
import { getManifest, getSmallBlob } from './read.js';

/** Reads back what a digest is: its layers from the manifest, their origin and the run-time settings from the config. */
export async function inspectImage(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<InspectedImage> {
  const served = await getManifest(client, repository, digest, signal);
  const image =
    'image' in served.content
      ? served.content.image
      : await onlyPlatform(client, repository, digest, served.content.index, signal);
  const config = readConfig(await getSmallBlob(client, repository, image.config.digest, signal));
  const settings = config.config ?? {};
  return {
    repository,
    manifestDigest: digest,
    manifestMediaType: served.mediaType,
    configDigest: image.config.digest,
    platform: platformOf(config),
    compressedSizeBytes: image.layers.reduce((sum, { size }) => sum + size, 0),
    uncompressedSizeBytes: unpackedSize(image),
    entrypoint: settings.Entrypoint ?? null,
    cmd: settings.Cmd ?? null,
    envVars: settings.Env ?? [],
    workingDir: settings.WorkingDir || null,
    baseImage: null,
    layers: layersOf(image, config),
  };
}

/** The one image of an index; attestations, which have the platform unknown/unknown, do not count. */
async function onlyPlatform(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  index: ImageIndex,
  signal?: AbortSignal,
): Promise<ImageManifest> {
  const images = index.manifests.filter(({ platform }) => platform?.os !== 'unknown');
  const [only] = images;
  if (only === undefined || images.length > 1) {
    throw new KilnError('registry_failed', {
      message: `${repository}@${digest} is an index of ${images.length} platforms where one image is due.`,
    });
  }
  const { content } = await getManifest(client, repository, only.digest, signal);
  if ('image' in content) return content.image;
  throw new KilnError('registry_failed', { message: `${repository}@${digest} is an index of indexes.` });
}

function layersOf(image: ImageManifest, config: ImageConfig): InspectedLayer[] {
  const origins = (config.history ?? []).filter(({ empty_layer: isEmpty }) => isEmpty !== true);
  const isComplete = origins.length === image.layers.length;
  return image.layers.map((layer, index) => ({
    number: index + 1,
    digest: layer.digest,
    sizeBytes: layer.size,
    mediaType: layer.mediaType,
    createdBy: isComplete ? (origins[index]?.created_by ?? null) : null,
    isBaseLayer: null,
    stepNumber: null,
  }));
}

/** The unpacked size is written nowhere; it is known only for layers that are not compressed. */
function unpackedSize(image: ImageManifest): number | null {
  const isPlain = image.layers.every(({ mediaType }) => mediaType.endsWith('.tar'));
  return isPlain ? image.layers.reduce((sum, { size }) => sum + size, 0) : null;
}

function platformOf({ os, architecture, variant }: ImageConfig): string | null {
  if (os === undefined || architecture === undefined) return null;
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}
