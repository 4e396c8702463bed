import { createHash } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';
import type { Repository } from '../../ports/image-registry.js';
import { pieces } from './bodies.js';
import { type RegistryClient, stopped } from './client.js';
import { checkedReference, expectDigest } from './read.js';
import { unreachable } from './trouble.js';

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
  const doing = `the blob ${digest} of ${repository}`;
  const idle = new AbortController();
  const response = await client.send({
    method: 'GET',
    repository,
    target: `blobs/${checkedReference(digest)}`,
    actions: 'pull',
    expect: [200],
    doing,
    signal: signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]),
  });
  const hash = createHash('sha256');
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    timer = setTimeout(() => idle.abort(), client.limits.idleTimeoutMs);
  };
  try {
    watch();
    for await (const piece of pieces(response)) {
      // How long the reader takes for a piece is not the registry's silence.
      clearTimeout(timer);
      hash.update(piece);
      yield piece;
      watch();
    }
  } catch (error) {
    if (error instanceof KilnError) throw error;
    throw signal?.aborted === true
      ? stopped(error)
      : unreachable(client.locate(repository).host, doing, error);
  } finally {
    clearTimeout(timer);
  }
  expectDigest(`sha256:${hash.digest('hex')}`, digest, repository);
}
