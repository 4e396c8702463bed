import { createHash } from 'node:crypto';
import type { Repository } from '../../ports/image-registry.js';
import { hasBlob } from './blob-transfer.js';
import { BlobUpload, nextAddress, UploadLost } from './blob-upload.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';

/** How often an upload that the registry has forgotten is begun. */
const UPLOADS = 3;

/** Names a blob, as manifests do. */
export interface BlobName {
  readonly digest: string;
  readonly size: number;
}

export function nameBlob(bytes: Uint8Array): BlobName {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length };
}

/** Brings bytes of this process into a repository, unless it has them. */
export async function pushBlob(
  client: RegistryClient,
  repository: Repository,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<BlobName> {
  const blob = nameBlob(bytes);
  for (let begun = 1; !(await hasBlob(client, repository, blob.digest, signal)); begun += 1) {
    try {
      const upload = await begin(client, repository, signal);
      const { chunkBytes } = client.limits;
      for (let at = 0; at < bytes.length; at += chunkBytes)
        await upload.send(Buffer.from(bytes.subarray(at, at + chunkBytes)));
      await upload.finish(blob.digest);
      break;
    } catch (error) {
      if (!(error instanceof UploadLost)) throw error;
      if (begun >= UPLOADS) throw client.forgotten(repository);
    }
  }
  return blob;
}

async function begin(
  client: RegistryClient,
  repository: Repository,
  signal?: AbortSignal,
): Promise<BlobUpload> {
  const request = { repository, target: 'blobs/uploads/' };
  const response = await client.send({
    ...request,
    method: 'POST',
    actions: 'pull,push',
    headers: { 'content-length': '0' },
    expect: [202],
    doing: `an upload to ${repository}`,
    signal,
  });
  await discard(response);
  return new BlobUpload(
    client,
    repository,
    nextAddress(client.address(request), response, repository),
    signal,
  );
}
