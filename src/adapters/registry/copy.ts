import { KilnError } from '../../domain/errors.js';
import type { CopyOptions, CopyReport, Repository } from '../../ports/image-registry.js';
import { transferBlob, type Way } from './blob-transfer.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import type { Descriptor, ServedManifest } from './manifest.js';
import { expectDigest, getManifest, headManifest } from './read.js';

type Counts = { -readonly [K in keyof CopyReport]: CopyReport[K] };

/** Copies what a digest names, blobs first and then manifests from the leaves up, and sees that the target serves it. */
export async function copyImage(
  client: RegistryClient,
  { beforeManifest, ...way }: Way & Pick<CopyOptions, 'beforeManifest'>,
  digest: string,
  signal?: AbortSignal,
  onProgress: (report: CopyReport) => void = () => undefined,
): Promise<CopyReport> {
  const { from, to } = way;
  const manifests = await readTree(client, from, digest, signal);
  const blobs = blobsOf(manifests);
  const counts: Counts = {
    totalBlobs: blobs.length,
    totalBytes: blobs.reduce((sum, { size }) => sum + size, 0),
    mountedBlobs: 0,
    uploadedBlobs: 0,
    existingBlobs: 0,
    sparedBytes: 0,
    sentBytes: 0,
  };
  const tell = (): void => onProgress({ ...counts });
  tell();
  const served = beforeManifest && headManifest(client, to, digest, signal);
  // What is wrong with a registry the blobs tell first.
  served?.catch(() => undefined);
  await copyBlobs(client, way, blobs, counts, tell, signal);
  const wasThere = beforeManifest !== undefined && (await served) !== null;
  for (const manifest of manifests) {
    await beforeManifest?.(wasThere);
    await putManifest(client, to, manifest.digest, manifest, signal);
    const head = await headManifest(client, to, manifest.digest, signal);
    if (head === null) throw missing(to, manifest.digest);
    expectDigest(head.digest, manifest.digest, to);
  }
  return counts;
}

/** A manifest after all those that it names. */
export async function readTree(
  client: RegistryClient,
  from: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<ServedManifest[]> {
  const served = await getManifest(client, from, digest, signal);
  const tree: ServedManifest[] = [];
  const children = 'index' in served.content ? served.content.index.manifests : [];
  for (const child of children) tree.push(...(await readTree(client, from, child.digest, signal)));
  return [...tree, served];
}

/** Each blob once, however many of the images have it. */
export function blobsOf(manifests: readonly ServedManifest[]): Descriptor[] {
  const all = manifests.flatMap(({ content }) =>
    'image' in content ? [content.image.config, ...content.image.layers] : [],
  );
  return [...new Map(all.filter(isDistributable).map((blob) => [blob.digest, blob])).values()];
}

async function copyBlobs(
  client: RegistryClient,
  way: Way,
  blobs: readonly Descriptor[],
  counts: Counts,
  tell: () => void,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = [...blobs];
  const onSent = (bytes: number): void => {
    counts.sentBytes += bytes;
    tell();
  };
  const lane = async (): Promise<void> => {
    for (let blob = waiting.shift(); blob !== undefined; blob = waiting.shift()) {
      const outcome = await transferBlob(client, way, blob, { signal, onSent }).catch((error: unknown) => {
        waiting.length = 0;
        throw error;
      });
      if (outcome !== 'counted') counts[`${outcome}Blobs`] += 1;
      if (outcome === 'existing' || outcome === 'mounted') counts.sparedBytes += blob.size;
      // Together with its count, so that whoever goes on counts it once.
      if (outcome === 'uploaded')
        way.uploads?.keep({ digest: blob.digest, address: null, sentBytes: blob.size });
      tell();
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: client.limits.parallelBlobs }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
}

/** Sends a manifest as it is, by tag or digest; `isSentOnce` as in RegistryRequest. */
export async function putManifest(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  manifest: Pick<ServedManifest, 'bytes' | 'mediaType'>,
  signal?: AbortSignal,
  { isSentOnce = false }: { readonly isSentOnce?: boolean } = {},
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
    isSentOnce,
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
