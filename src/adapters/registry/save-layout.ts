import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { formatBytes } from '../../domain/format-bytes.js';
import type { ToldByImage } from '../../domain/secrets/told-by-image.js';
import type { CredentialSource, Repository } from '../../ports/image-registry.js';
import { RegistryClient } from './client.js';
import { REGISTRY_LIMITS } from './limits.js';
import { readConfig } from './manifest.js';
import { checkedReference, getManifest } from './read.js';
import { readBlob } from './read-blob.js';
import { toldBy } from './read-told.js';
import type { RegistryTransport } from './transport.js';

export type SaveLayout = (
  image: { readonly repository: Repository; readonly digest: string },
  folder: string,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
) => Promise<ToldByImage>;

/** Fetches images into folders, and gives what their configuration tells. */
export function createSaveLayout(options: {
  readonly transport: RegistryTransport;
  readonly credentials: CredentialSource;
}): SaveLayout {
  const client = new RegistryClient(options.transport, options.credentials, REGISTRY_LIMITS);
  return (image, folder, bounds) => saveLayout(client, image, folder, bounds);
}

/**
 * Writes one image (no index) as an OCI layout into an empty folder, each blob held against its digest. `payload_too_large` before anything
 * is fetched that has more than `maxBytes`, compressed.
 */
async function saveLayout(
  client: RegistryClient,
  { repository, digest }: { readonly repository: Repository; readonly digest: string },
  folder: string,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<ToldByImage> {
  const { bytes, content, mediaType } = await getManifest(client, repository, digest, options.signal);
  if ('index' in content) throw new KilnError('internal', { detail: `${digest} is an index` });
  const blobs = new Map(
    [content.image.config, ...content.image.layers].map((blob) => [blob.digest, blob.size]),
  );
  const sizeBytes = [...blobs.values()].reduce((sum, size) => sum + size, 0);
  if (sizeBytes > options.maxBytes)
    throw new KilnError('payload_too_large', {
      message: `The image has ${formatBytes(sizeBytes)}, more than ${formatBytes(options.maxBytes)}.`,
    });
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true, mode: 0o700 });
  for (const [blob, size] of blobs)
    await saveBlob(readBlob(client, repository, blob, options.signal), blobFile(folder, blob), size);
  await writeFile(blobFile(folder, digest), bytes, { mode: 0o600 });
  const manifests = [{ mediaType, digest, size: bytes.length }];
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return toldBy(readConfig(await readFile(blobFile(folder, content.image.config.digest))));
}

async function saveBlob(bytes: AsyncIterable<Uint8Array>, file: string, size: number): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  let written = 0;
  try {
    for await (const piece of bytes) {
      written += piece.byteLength;
      // The manifest says how large it is; what a registry sends beyond that fills no disk.
      if (written > size)
        throw new KilnError('image_mismatch', { message: 'The registry sends more than the manifest says.' });
      await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
}

/** Only sha256 digests are known here, as everywhere in this folder. */
function blobFile(folder: string, digest: string): string {
  return join(folder, 'blobs', ...checkedReference(digest).split(':'));
}
