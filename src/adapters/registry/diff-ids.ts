import type { ManifestContents, ManifestQuery, Repository } from '../../ports/image-registry.js';
import { platformOf } from './inspect.js';
import type { RegistryClient } from './client.js';
import { readConfig } from './manifest.js';
import { getManifest, getSmallBlob, type ReadOptions } from './read.js';

/** See ImageRegistry.diffIds. */
export async function readDiffIds(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  { platform, mayComeFromMirror }: ManifestQuery,
  signal?: AbortSignal,
): Promise<ManifestContents | null> {
  const options: ReadOptions = { mayComeFromMirror };
  const named = await getManifest(client, repository, reference, signal, options);
  let image = named.content;
  if ('index' in image) {
    const entries = image.index.manifests.filter((entry) => entry.platform?.os !== 'unknown');
    const entry =
      entries.find((one) => one.platform !== undefined && platformOf(one.platform) === platform) ??
      (entries.length === 1 ? entries[0] : undefined);
    if (entry === undefined) return null;
    image = (await getManifest(client, repository, entry.digest, signal, options)).content;
  }
  if ('index' in image) return null;
  const config = readConfig(
    await getSmallBlob(client, repository, image.image.config.digest, signal, options),
  );
  return { digest: named.digest, diffIds: config.rootfs?.diff_ids ?? [] };
}
