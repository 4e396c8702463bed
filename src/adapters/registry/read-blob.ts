import { createHash } from 'node:crypto';
import type { Repository } from '../../ports/image-registry.js';
import { blobPieces } from './blob-pieces.js';
import type { RegistryClient } from './client.js';
import { expectDigest } from './read.js';

/**
 * The bytes of a blob as they come, held against its digest at their end (`image_mismatch`). A registry that falls silent is
 * `registry_unreachable`.
 */
export async function* readBlob(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const piece of blobPieces(client, repository, digest, 0, signal)) {
    hash.update(piece);
    yield piece;
  }
  expectDigest(`sha256:${hash.digest('hex')}`, digest, repository);
}
