import { KilnError } from '../../domain/errors.js';
import type { CopyReport, Repository } from '../../ports/image-registry.js';
import { transferBlob } from './blob-transfer.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import type { Descriptor, ServedManifest } from './manifest.js';
import { expectDigest, getManifest, headManifest } from './read.js';

type Counts = { -readonly [K in keyof CopyReport]: CopyReport[K] };

/** Copies what a digest names, children first, and sees that the target serves it. */
export async function copyImage(
  client: RegistryClient,
  from: Repository,
  to: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<CopyReport> {
  const counts: Counts = { mountedBlobs: 0, uploadedBlobs: 0, existingBlobs: 0, uploadedBytes: 0 };
  await copyManifest(client, from, to, digest, counts, signal);
  return counts;
}

async function copyManifest(
  client: RegistryClient,
  from: Repository,
  to: Repository,
  digest: string,
  counts: Counts,
  signal?: AbortSignal,
): Promise<void> {
  const served = await getManifest(client, from, digest, signal);
  if ('index' in served.content) {
    for (const child of served.content.index.manifests) {
      await copyManifest(client, from, to, child.digest, counts, signal);
    }
  } else {
    const { config, layers } = served.content.image;
    await copyBlobs(client, from, to, [config, ...layers], counts, signal);
  }
  await putManifest(client, to, digest, served, signal);
  const head = await headManifest(client, to, digest, signal);
  if (head === null) throw missing(to, digest);
  expectDigest(head.digest, digest, to);
}

async function copyBlobs(
  client: RegistryClient,
  from: Repository,
  to: Repository,
  blobs: readonly Descriptor[],
  counts: Counts,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = [...new Map(blobs.filter(isDistributable).map((blob) => [blob.digest, blob])).values()];
  const lane = async (): Promise<void> => {
    for (let blob = waiting.shift(); blob !== undefined; blob = waiting.shift()) {
      const outcome = await transferBlob(client, from, to, blob, signal);
      counts[`${outcome}Blobs`] += 1;
      if (outcome === 'uploaded') counts.uploadedBytes += blob.size;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: client.limits.parallelBlobs }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
}

/** Sends a manifest as it is, by tag or digest. */
export async function putManifest(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  manifest: Pick<ServedManifest, 'bytes' | 'mediaType'>,
  signal?: AbortSignal,
): Promise<void> {
  const response = await client.send({
    method: 'PUT',
    repository,
    target: `manifests/${reference}`,
    actions: 'pull,push',
    headers: { 'content-type': manifest.mediaType },
    body: manifest.bytes,
    expect: [200, 201],
    doing: `the writing of ${reference} in ${repository}`,
    signal,
  });
  await discard(response);
}

/** Layers with addresses of their own (Windows base layers) stay where they are. */
function isDistributable({ urls, mediaType }: Descriptor): boolean {
  return (urls ?? []).length === 0 && !/nondistributable|foreign/.test(mediaType);
}

function missing(repository: Repository, digest: string): KilnError {
  return new KilnError('image_mismatch', {
    message: `The registry does not serve ${digest} from ${repository} right after it took it. Retry; if it repeats, check the registry's storage.`,
  });
}
