import { KilnError } from '../../domain/errors.js';
import type { Repository } from '../../ports/image-registry.js';
import { discard, pieces } from './bodies.js';
import { type RegistryClient, stopped } from './client.js';
import { checkedReference } from './read.js';
import { unreachable } from './trouble.js';

/** The bytes of a blob from an offset on, as they come and unjudged. A registry that breaks off or falls silent is `registry_unreachable`. */
export async function* blobPieces(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  offset: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const doing = `the blob ${digest} of ${repository}`;
  const idle = new AbortController();
  const response = await client.send({
    method: 'GET',
    repository,
    target: `blobs/${checkedReference(digest)}`,
    actions: 'pull',
    ...(offset > 0 && { headers: { range: `bytes=${offset}-` } }),
    expect: offset > 0 ? [200, 206] : [200],
    doing,
    signal: signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]),
  });
  // A registry that knows no ranges begins at the beginning.
  let toSkip = response.status === 206 ? 0 : offset;
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    timer = setTimeout(() => idle.abort(), client.limits.idleTimeoutMs);
  };
  try {
    watch();
    for await (const piece of pieces(response)) {
      // How long the reader takes for a piece is not the registry's silence.
      clearTimeout(timer);
      const rest = piece.subarray(Math.min(toSkip, piece.byteLength));
      toSkip -= piece.byteLength - rest.byteLength;
      yield rest;
      watch();
    }
  } catch (error) {
    if (error instanceof KilnError) throw error;
    throw signal?.aborted === true
      ? stopped(error)
      : unreachable(client.locate(repository).host, doing, error);
  } finally {
    clearTimeout(timer);
    await discard(response);
  }
}
