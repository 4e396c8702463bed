import type { Repository } from '../../ports/image-registry.js';
import { pieces } from './bodies.js';
import type { RegistryClient } from './client.js';
import { brokenOff } from './read-body.js';
import { checkedReference } from './read.js';

/** The bytes of a blob from an offset on, as they come and unjudged. A registry that breaks off or falls silent is `registry_unreachable`. */
export async function* blobPieces(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  offset: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const doing = `the blob ${digest} of ${repository}`;
  const response = await client.send({
    method: 'GET',
    repository,
    target: `blobs/${checkedReference(digest)}`,
    actions: 'pull',
    ...(offset > 0 && { headers: { range: `bytes=${offset}-` } }),
    expect: offset > 0 ? [200, 206] : [200],
    doing,
    signal,
  });
  // A registry that knows no ranges begins at the beginning.
  let toSkip = response.status === 206 ? 0 : offset;
  try {
    for await (const piece of pieces(response, client.limits.idleTimeoutMs)) {
      const rest = piece.subarray(Math.min(toSkip, piece.byteLength));
      toSkip -= piece.byteLength - rest.byteLength;
      yield rest;
    }
  } catch (error) {
    throw brokenOff(client, { repository, doing, signal }, error);
  }
}
