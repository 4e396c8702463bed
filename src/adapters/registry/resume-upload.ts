import type { Repository } from '../../ports/image-registry.js';
import type { OpenUpload } from '../../domain/builds/publication.js';
import { BlobUpload } from './blob-upload.js';
import type { RegistryClient } from './client.js';

/**
 * An upload of a blob that an earlier copy has begun, with what the registry has of it; null when it knows it no more, or cannot say. Goes to
 * the repository's own uploads only, whatever was kept.
 */
export async function resumeUpload(
  client: RegistryClient,
  to: Repository,
  sizeBytes: number,
  kept: OpenUpload | undefined,
  signal: AbortSignal | undefined,
): Promise<BlobUpload | null> {
  if (kept === undefined) return null;
  const address = new URL(kept.address, client.address({ repository: to, target: '' }));
  if (keptAddress(client, to, address) === null) return null;
  const upload = new BlobUpload(client, to, address, signal);
  return (await upload.resume()) && upload.sentBytes <= sizeBytes ? upload : null;
}

/**
 * Path and parameters of an upload, as they may be kept: they lead nowhere without the registry's credentials. Null for an address elsewhere,
 * which may be a right by itself.
 */
export function keptAddress(client: RegistryClient, to: Repository, address: URL): string | null {
  const own = client.address({ repository: to, target: 'blobs/uploads/' });
  const isOwn = address.origin === own.origin && address.pathname.startsWith(own.pathname);
  return isOwn ? `${address.pathname}${address.search}` : null;
}
