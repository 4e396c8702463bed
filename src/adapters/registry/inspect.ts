import { KilnError } from '../../domain/errors.js';
import type { InspectedImage, InspectedLayer, InspectedManifest } from '../../domain/builds/outcome.js';
import type { Repository } from '../../ports/image-registry.js';
import { buildpackBase, LIFECYCLE_LABEL } from '../../domain/images/buildpack-base.js';
import type { RegistryClient } from './client.js';
import { readConfig, type ImageConfig, type ImageIndex, type ImageManifest } from './manifest.js';
import { getManifest, getSmallBlob } from './read.js';

/**
 * Reads back what a digest is: its layers from the manifest, their origin and the run-time settings from the config; of an index of
 * several platforms this of each.
 */
export async function inspectImage(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<InspectedImage> {
  const { content, mediaType } = await getManifest(client, repository, digest, signal);
  const served = { repository, baseImage: null, manifestDigest: digest, manifestMediaType: mediaType };
  if ('image' in content) {
    const config = await configOf(client, repository, content.image, signal);
    const baseImage = buildpackBase(config.config?.Labels?.[LIFECYCLE_LABEL]);
    return { ...served, baseImage, ...describeImage(content.image, config) };
  }
  const images = await imagesOf(client, repository, digest, content.index, signal);
  const [only] = images;
  if (only === undefined)
    throw new KilnError('registry_failed', { message: `${repository}@${digest} is an index of no image.` });
  if (images.length === 1) return { ...only, ...served };
  return {
    ...served,
    configDigest: null,
    platform: null,
    compressedSizeBytes: storedBytes(images),
    uncompressedSizeBytes: null,
    entrypoint: null,
    cmd: null,
    envVars: [],
    workingDir: null,
    user: null,
    layers: [],
    platformImages: images,
  };
}

/** The images of an index; attestations, which have the platform unknown/unknown, do not count. */
async function imagesOf(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  index: ImageIndex,
  signal?: AbortSignal,
): Promise<InspectedManifest[]> {
  const images: InspectedManifest[] = [];
  for (const entry of index.manifests) {
    if (entry.platform?.os === 'unknown') continue;
    const { content, mediaType } = await getManifest(client, repository, entry.digest, signal);
    if ('index' in content)
      throw new KilnError('registry_failed', { message: `${repository}@${digest} is an index of indexes.` });
    const config = await configOf(client, repository, content.image, signal);
    const read = describeImage(content.image, config);
    const platform = entry.platform === undefined ? read.platform : platformOf(entry.platform);
    images.push({ ...read, platform, manifestDigest: entry.digest, manifestMediaType: mediaType });
  }
  return images;
}

async function configOf(
  client: RegistryClient,
  repository: Repository,
  image: ImageManifest,
  signal?: AbortSignal,
): Promise<ImageConfig> {
  return readConfig(await getSmallBlob(client, repository, image.config.digest, signal));
}

function describeImage(
  image: ImageManifest,
  config: ImageConfig,
): Omit<InspectedManifest, 'manifestDigest' | 'manifestMediaType'> {
  const settings = config.config ?? {};
  return {
    configDigest: image.config.digest,
    platform: platformOf(config),
    compressedSizeBytes: image.layers.reduce((sum, { size }) => sum + size, 0),
    uncompressedSizeBytes: unpackedSize(image),
    entrypoint: settings.Entrypoint ?? null,
    cmd: settings.Cmd ?? null,
    envVars: settings.Env ?? [],
    workingDir: settings.WorkingDir || null,
    user: settings.User || null,
    layers: layersOf(image, config),
  };
}

/** A layer that several platforms share is stored once. */
function storedBytes(images: readonly InspectedManifest[]): number {
  const sizes = new Map(
    images.flatMap(({ layers }) => layers.map((layer) => [layer.digest, layer.sizeBytes])),
  );
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
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

/** `os/architecture[/variant]`; null where one of the first two is missing. */
export function platformOf({
  os,
  architecture,
  variant,
}: Pick<ImageConfig, 'os' | 'architecture' | 'variant'>): string | null {
  if (os === undefined || architecture === undefined) return null;
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}
