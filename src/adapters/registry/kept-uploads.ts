import type { Repository } from '../../ports/image-registry.js';
import type { OpenUpload } from '../../domain/builds/publication.js';
import { BlobUpload } from './blob-upload.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';

/** Longer addresses are not kept. */
const MOST_KEPT = 4_000;

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
  const address = kept === undefined ? null : ownAddress(client, to, kept);
  if (address === null) return null;
  const upload = new BlobUpload(client, to, address, signal);
  return (await upload.resume()) && upload.sentBytes <= sizeBytes ? upload : null;
}

/** See ImageRegistry.endUploads. */
export async function endUploads(
  client: RegistryClient,
  to: Repository,
  uploads: readonly OpenUpload[],
  signal?: AbortSignal,
): Promise<void> {
  const end = async (kept: OpenUpload): Promise<void> => {
    const target = ownAddress(client, to, kept);
    if (target === null) return;
    const response = await client.send({
      method: 'DELETE',
      repository: to,
      target,
      actions: 'pull,push',
      // Some registries cannot end an upload; their own purge does.
      expect: [200, 202, 204, 400, 404, 405],
      doing: `the end of an upload to ${to}`,
      signal,
    });
    await discard(response);
  };
  await Promise.allSettled(uploads.map(end));
}

function ownAddress(client: RegistryClient, to: Repository, kept: OpenUpload): URL | null {
  if (kept.address === null) return null;
  const address = new URL(kept.address, client.address({ repository: to, target: '' }));
  return keptAddress(client, to, address) === null ? null : address;
}

/**
 * Path and parameters of an upload, as they may be kept: they lead nowhere without the registry's credentials. Null for an address elsewhere,
 * which may be a right by itself.
 */
export function keptAddress(client: RegistryClient, to: Repository, address: URL): string | null {
  const own = client.address({ repository: to, target: 'blobs/uploads/' });
  const isOwn = address.origin === own.origin && address.pathname.startsWith(own.pathname);
  const kept = `${address.pathname}${address.search}`;
  return isOwn && kept.length <= MOST_KEPT ? kept : null;
}
